"""Which inputs a pruned network still reads: kept connections of the first layer, as pictures."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.long_tables import picture
from brainside.analysis.readings import Tables
from brainside.base.budgets import parse_budget, share
from brainside.report.figures import style

READS = ("plotdata",)


def draw(tables: Tables, budgets: list[str]) -> Figure:
    """Draw a row a method and a column a budget; a column has one scale, in units a pixel.

    From plot data `inputs`. Below each picture, how many of the inputs are still read.
    """
    style.apply()
    pairs = [(t, m) for t, titles in tables.titles.items() for m in tables.methods if m in titles]
    size = 1.25 * len(budgets) + 0.2, 1.35 * len(pairs) + 0.7
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(pairs), len(budgets), squeeze=False)
    for column, text in zip(grid.T, budgets, strict=True):
        budget = parse_budget(text, "budgets")
        found = [_rows(tables, task, method, budget) for task, method in pairs]
        most = max([picture(row).max() for rows in found for row in rows] + [1])
        for axes, rows in zip(column, found, strict=True):
            shown = _panel(axes, rows, most)
        column[0].set_title(f"budget {share(budget)}")
        bar = figure.colorbar(shown, ax=list(column), location="bottom", fraction=0.05, pad=0.02)
        bar.ax.tick_params(labelsize="x-small")
    for row, (task, method) in zip(grid, pairs, strict=True):
        place = "" if len(tables.titles) == 1 else f"\n{task}"
        row[0].set_ylabel(f"{tables.titles[task][method]}{place}")
    return figure


def _rows(tables: Tables, task: str, method: str, budget: float) -> list[dict]:
    rows: pd.DataFrame = tables.drawn(task, method)
    return rows[rows["budget"] == budget].to_dict("records")


def _panel(axes: Axes, rows: list[dict], most: float):  # -> AxesImage
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    if not rows:
        axes.text(0.5, 0.5, "absent", transform=axes.transAxes, ha="center", va="center")
        return axes.imshow([[0.0]], cmap="Blues", vmin=0, vmax=most)
    counts = picture(rows[0])
    axes.set_xlabel(f"{int((counts > 0).sum())} of {counts.size}", fontsize="small", labelpad=2)
    return axes.imshow(counts, cmap="Blues", vmin=0, vmax=most, interpolation="nearest")
