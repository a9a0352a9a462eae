"""Which inputs a pruned network still reads: kept connections of the first layer, as pictures."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from brainside.analysis.long_tables import picture
from brainside.analysis.readings import Tables
from brainside.base.budgets import parse_budget, share
from brainside.report.figures.shared import style
from brainside.report.figures.shared.names import Budget

READS = ("plotdata",)


def draw(tables: Tables, budgets: list[Budget]) -> Figure:
    """Draw a row per method and a column per budget; a column has one scale, in units per pixel.

    From plot data `inputs`. Below each picture, how many of the inputs are still read.
    """
    pairs = [(t, m) for t, titles in tables.titles.items() for m in tables.methods if m in titles]
    width, height = 0.95 * len(budgets) + 0.2, 1.08 * len(pairs) + 0.5
    figure, grid = style.panels(len(pairs), len(budgets), height, width=width)
    for column, text in zip(grid.T, budgets, strict=True):
        budget = parse_budget(text, "budgets")
        pictures = [_pictures(tables, task, method, budget) for task, method in pairs]
        most = max([picture(row).max() for rows in pictures for row in rows] + [1])
        for axes, rows in zip(column, pictures, strict=True):
            image = _panel(axes, rows, most)
        column[0].set_title(f"budget {share(budget)}")
        bar = figure.colorbar(image, ax=list(column), location="bottom", fraction=0.05, pad=0.02)
        bar.ax.tick_params(labelsize=style.SMALL)
        bar.set_label("weights per input", size=style.SMALL)
    for row, (task, method) in zip(grid, pairs, strict=True):
        of_task = "" if len(tables.titles) == 1 else f"\n{task}"
        row[0].set_ylabel(f"{tables.titles[task][method]}{of_task}")
    return figure


def _pictures(tables: Tables, task: str, method: str, budget: float) -> list[dict[Any, Any]]:
    rows: pd.DataFrame = tables.drawn(task, method)
    return rows[rows["budget"] == budget].to_dict("records")


def _panel(axes: Axes, rows: list[dict[Any, Any]], most: float) -> AxesImage:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    if not rows:
        style.absent(axes)
        return axes.imshow([[0.0]], cmap="Blues", vmin=0, vmax=most)
    counts = picture(rows[0])
    axes.set_xlabel(f"{int((counts > 0).sum())} of {counts.size}", fontsize=6, labelpad=2)
    return axes.imshow(counts, cmap="Blues", vmin=0, vmax=most, interpolation="nearest")
