"""Dictionaries as pictures, and the filters that were learned in them: two rows per method."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.long_tables import picture
from brainside.analysis.readings import Tables
from brainside.base.budgets import share
from brainside.report.figures.shared import style

READS = ("plotdata",)
KINDS = {"atom": "atoms", "filter": "filters"}


def draw(tables: Tables) -> Figure:
    """Draw the first layer's atoms and filters; black and white are a picture's own extremes.

    From plot data `pictures`, at the largest budget that it has.
    """
    pairs = [(t, m) for t, titles in tables.titles.items() for m in tables.methods if m in titles]
    figure, grid = style.panels(2 * len(pairs), 1, 1.2 * len(pairs))
    for number, (task, method) in enumerate(pairs):
        rows = tables.drawn(task, method)
        rows = rows[rows["budget"] == rows["budget"].max()]
        above, below = grid[2 * number : 2 * number + 2, 0]
        at = f" at {share(rows['budget'].max())}" if len(rows) else " (absent)"
        above.set_title(f"{task}: {tables.titles[task][method]}{at}", loc="left", fontsize=7)
        for axes, (kind, name) in zip((above, below), KINDS.items(), strict=True):
            _mosaic(axes, rows[rows["what"] == kind] if len(rows) else rows, name)
    figure.supxlabel("grey is zero; black and white are each picture's largest magnitude, − and +",
                     fontsize=style.SMALL)  # fmt: skip
    return figure


def _mosaic(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    axes.set(xticks=[], yticks=[])
    axes.set_ylabel(name, fontsize=7)
    axes.grid(False)
    if rows.empty:
        style.absent(axes)
        return
    scaled = [_scaled(picture(row)) for row in rows.to_dict("records")]
    gap = np.full((scaled[0].shape[0], 1), np.nan)
    side_by_side = np.hstack([part for square in scaled for part in (square, gap)][:-1])
    grey = colormaps["gray"].with_extremes(bad="white")
    axes.imshow(side_by_side, cmap=grey, vmin=-1, vmax=1, interpolation="nearest")
    axes.spines[:].set_visible(False)


def _scaled(values: np.ndarray) -> np.ndarray:
    largest = np.abs(values).max()
    return values / largest if largest > 0 else values
