"""Entries of exact distance labels per connection of pruned networks, against the budget."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, errorbars, scales, style

READS = ("plotdata",)
# Order of the searches that make the labels: its dash, in words.
ORDERS = {"degree": ("-", "by degree"), "random": ("--", "in random order")}


def draw(tables: Tables) -> Figure:
    """Draw a panel per task, two curves per method, means over seeds; from plot data `labels`.

    No labels are below the line: one entry per connection is what exact distances take at least.
    """
    tasks = list(tables.titles)
    figure, (panels,) = style.panels(1, len(tasks), 2.2, width=style.width(len(tasks)))
    for axes, task in zip(panels, tasks, strict=True):
        axes.set_xscale("log")
        axes.invert_xaxis()
        rows = tables.plotdata[tables.plotdata["task"] == task]
        for method in tables.methods:
            _curves(axes, tables, task, method, rows[rows["method"] == method])
        axes.axhline(1, color="black", linewidth=0.8, label="one entry per connection")
        budgets = sorted(rows["budget"].unique())
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(budgets, scales.fractions(budgets, 1.25))
        axes.set(title=task, xlabel="weights kept (budget)", ylabel="entries per connection")
        axes.set_ylim(bottom=0)
    style.legend(figure)
    return figure


def _curves(axes: Axes, tables: Tables, task: str, method: str, rows: pd.DataFrame) -> None:
    look = appearance.looks(tables)[method]
    for order, (dash, words) in ORDERS.items():
        shown = rows[rows["order"] == order] if len(rows) else rows
        name = style.label(f"{tables.titles[task].get(method, method)}, {words}", shown)
        ratios = shown["entries"] / shown["edges"] if len(shown) else pd.Series(dtype=float)
        means = ratios.groupby(shown["budget"]).mean()
        errorbars.bars(axes, list(means.index), means.to_numpy(), None, name,
                       {**look, "linestyle": dash})  # fmt: skip
