"""Stored buckets and virtual weights of a HashedNet: a row per layer, a column per budget."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.long_tables import whole_numbers
from brainside.analysis.readings import Tables
from brainside.base.budgets import parse_budget, share
from brainside.report.figures.shared import style
from brainside.report.figures.shared.names import Budget, Layer

READS = ("plotdata",)


def draw(tables: Tables, layers: list[Layer], budgets: list[Budget]) -> Figure:
    """Draw densities of the buckets, and of virtual weights, stacked by the sign of their hash.

    From plot data `hashed`, of one task and method.
    """
    (task, titles), method = next(iter(tables.titles.items())), tables.methods[0]
    drawn = tables.drawn(task, method)
    figure, grid = style.panels(len(layers), len(budgets), 1.5 * len(layers))
    for row, layer in zip(grid, layers, strict=True):
        for axes, text in zip(row, budgets, strict=True):
            budget = parse_budget(text, "budgets")
            rows = drawn[drawn["budget"] == budget]
            _panel(axes, rows[rows["layer"] == layer] if len(rows) else rows)
            axes.set(xlabel="value", title=f"{task}, {layer}, {share(budget)}")
        row[0].set_ylabel("density")
    if drawn.empty:
        figure.suptitle(style.label(titles[method], drawn))
    style.legend(figure)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    if rows.empty:
        style.absent(axes)
        return
    counts = {row["what"]: whole_numbers(row["values"]) for row in rows.to_dict("records")}
    limit = rows["limit"].iloc[0]
    edges = np.linspace(-limit, limit, len(counts["buckets"]) + 1)
    wide, virtual = edges[1] - edges[0], counts["positive"] + counts["negative"]
    area = virtual.sum() * wide
    axes.stairs(virtual / area, edges, fill=True, color="#56B4E9", label="virtual, sign −")
    axes.stairs(
        counts["positive"] / area, edges, fill=True, color="#0072B2", label="virtual, sign +"
    )
    stored = counts["buckets"].sum()
    axes.stairs(
        counts["buckets"] / (stored * wide), edges, color="#D55E00", linewidth=1.3,
        label="stored buckets",
    )  # fmt: skip
    axes.set_ylim(0, 1.3 * axes.dataLim.y1)
    sizes = f"{virtual.sum():,} weights\n{stored:,} buckets"
    axes.text(0.03, 0.95, sizes, transform=axes.transAxes, va="top", fontsize=6)
