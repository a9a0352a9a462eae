"""The weights of each layer by value, before and after: a panel per layer, a row per task."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from brainside.analysis.long_tables import whole_numbers
from brainside.analysis.readings import Tables
from brainside.base.budgets import share
from brainside.report.figures.shared import appearance, scales, style
from brainside.report.figures.shared.names import Layer

READS = ("plotdata",)


def draw(tables: Tables, layers: list[Layer]) -> Figure:
    """Draw the weights that are not zero, in weights per unit of value, of `layers` by name.

    From plot data `histogram`. Lines are by method and budget; the reference's is filled.
    """
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), len(layers), 1.6 * len(tasks) + 0.1)
    for row, task in zip(grid, tasks, strict=True):
        for axes, layer in zip(row, layers, strict=True):
            for method in ("reference", *tables.methods):
                _lines(axes, tables, task, method, layer)
            axes.set(yscale="log", xlabel="weight", title=f"{task}, {layer}")
            scales.plain_numbers(axes.yaxis, EngFormatter(sep=""), minor=False)
        row[0].set_ylabel("weights per unit")
    style.legend(figure)
    return figure


def _lines(axes: Axes, tables: Tables, task: str, method: str, layer: str) -> None:
    title = tables.titles[task].get(method)
    if title is None:
        return
    rows = tables.drawn(task, method)
    rows = rows[rows["layer"] == layer] if len(rows) else rows
    colour = "black" if method == "reference" else appearance.looks(tables)[method]["color"]
    if rows.empty:
        axes.plot([], [], color=colour, label=style.label(title, rows))
    for number, row in enumerate(rows.sort_values("budget", ascending=False).to_dict("records")):
        counts = whole_numbers(row["values"])
        edges = np.linspace(-row["limit"], row["limit"], len(counts) + 1)
        at = "" if row["budget"] == 1 else f" at {share(row['budget'])}"
        axes.stairs(
            counts / np.diff(edges), edges, fill=method == "reference",
            color="#c8c8c8" if method == "reference" else colour,
            linestyle=("-", "--", ":")[number % 3], linewidth=1.3, label=f"{title}{at}",
        )  # fmt: skip
