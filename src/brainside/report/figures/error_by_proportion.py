"""Test error against the proportion of the predicted layers' weights that is learned."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from brainside.analysis.proportions import proportions
from brainside.analysis.readings import Tables
from brainside.analysis.statistics import interval
from brainside.report.figures.shared import appearance, errorbars, scales, style

READS = ("rows",)


def draw(tables: Tables) -> Figure:
    """Draw a panel per task: means with 95 % intervals, and every seed."""
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), 1, 2.0 * len(tasks) + 0.2, width=style.width(1))
    for axes, task in zip(grid.flat, tasks, strict=True):
        _panel(axes, tables, task)
    style.legend(figure)
    return figure


def _panel(axes: Axes, tables: Tables, task: str) -> None:
    rows = tables.rows[tables.rows["task"] == task]
    rows = rows.assign(proportion=100 * proportions(rows)).dropna(subset=["proportion"])
    axes.set(yscale="log", xscale="log", title=task, ylabel="test error (%)")
    axes.set_xlabel("learned of the predicted layers (%)")
    for number, (method, title) in enumerate(tables.titles[task].items()):
        _curve(axes, tables, rows[rows["method"] == method], method, title, 1.02 ** (number - 3))
    scales.limit(axes, 100 * rows["test_error"])
    ticks = sorted({round(p, 3) for p in rows["proportion"]})
    apart = [p for n, p in enumerate(ticks) if n == 0 or p > 1.08 * ticks[n - 1]]
    axes.set_xticks(apart, [f"{p:.3g}" for p in apart])
    axes.xaxis.set_minor_locator(NullLocator())
    scales.plain_numbers(axes.yaxis)


def _curve(
    axes: Axes, tables: Tables, rows: pd.DataFrame, method: str, title: str, shift: float
) -> None:
    errors = 100 * rows["test_error"]
    if method == "reference":
        if len(rows):
            axes.axhline(errors.mean(), color="black", linewidth=1, label=title)
        return
    look = appearance.looks(tables)[method]
    means = rows.groupby("budget")["proportion"].mean()
    intervals = [interval(group.to_numpy(float)) for _, group in errors.groupby(rows["budget"])]
    y, ends = np.array([i.mean for i in intervals]), errorbars.interval_lengths(intervals)
    errorbars.bars(axes, means * shift, y, ends, style.label(title, intervals), look)
    axes.scatter(rows["proportion"] * shift, errors, s=4, color=look["color"], alpha=0.6,
                 linewidth=0, zorder=3)  # fmt: skip
