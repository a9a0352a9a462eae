"""Means with their intervals, as marks with bars; of two seeds the range in their place."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from brainside.analysis.statistics import Interval
from brainside.report.figures.shared.appearance import Look

# Student's 97.5 % quantile with one degree of freedom: two seeds' interval over their range.
OF_TWO = math.tan(0.475 * math.pi)


def bars(
    axes: Axes, x: ArrayLike, y: ArrayLike, ends: np.ndarray | None, label: str, look: Look
) -> None:
    """A curve of values y (n,) with intervals; `ends` (2, n) are lengths below and above."""
    if ends is not None and axes.get_yscale() == "log":
        ends[0] = np.minimum(ends[0], 0.999 * np.abs(y))
    axes.errorbar(x, y, yerr=ends, label=label, markersize=3.5, linewidth=1, elinewidth=0.8,
                  capsize=1.5, **look)  # fmt: skip


def lengths(ends: Sequence[Sequence[float]] | np.ndarray, seeds: ArrayLike) -> np.ndarray:
    """Lengths of intervals (n, 2) below and above as bars take them (2, n); unknown ones are 0.

    `seeds` (n,) are how many each is of. Student's interval of two is 12.7 times their range: it
    would fill the panel and tell less, so that the range is drawn.
    """
    found = np.nan_to_num(np.array(ends, float).reshape(-1, 2).T)
    return np.where(np.equal(seeds, 2), found / OF_TWO, found)


def interval_lengths(intervals: Iterable[Interval]) -> np.ndarray:
    """Lengths (2, n) of intervals of seeds below and above their means, as bars take them."""
    found = list(intervals)
    ends = [(i.mean - i.low, i.high - i.mean) for i in found]
    return lengths(ends, [i.n for i in found])
