"""Means with their intervals, as marks with bars."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from brainside.analysis.statistics import Interval
from brainside.report.figures.appearance import Look

FEWEST = 3  # seeds whose interval is drawn


def bars(
    axes: Axes, x: ArrayLike, y: ArrayLike, ends: np.ndarray | None, label: str, look: Look
) -> None:
    """A curve of values y (n,) with intervals; `ends` (2, n) are lengths below and above."""
    if ends is not None and axes.get_yscale() == "log":
        ends[0] = np.minimum(ends[0], 0.999 * np.abs(y))
    axes.errorbar(x, y, yerr=ends, label=label, markersize=3.5, linewidth=1, elinewidth=0.8,
                  capsize=1.5, **look)  # fmt: skip


def lengths(ends: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Lengths (n, 2) below and above as bars take them (2, n); unknown ones are not drawn."""
    return np.nan_to_num(np.array(ends, float).reshape(-1, 2).T)


def interval_lengths(intervals: Iterable[Interval]) -> np.ndarray:
    """Lengths (2, n) of intervals below and above their means, as bars take them.

    Student's interval of two seeds is 18 times their distance; two are shown by their dots alone.
    """
    return lengths([(i.mean - i.low, i.high - i.mean) if i.n >= FEWEST else (0, 0)
                    for i in intervals])  # fmt: skip
