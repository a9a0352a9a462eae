"""Test error of networks of one stored size against how many times larger they are virtually."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import errorbars, style
from brainside.report.figures.shared.names import Method

READS = ("rows", "summary")


def draw(tables: Tables, factors: Mapping[Method, float]) -> Figure:
    """Draw a panel per task: mean, 95 % interval and every seed of each method of `factors`."""
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), 1, 2.0 * len(tasks), width=style.width(1))
    for axes, task in zip(grid.flat, tasks, strict=True):
        cells = tables.summary[(tables.summary["task"] == task) & (tables.summary["n"] > 0)]
        cells = cells.assign(factor=cells["method"].map(factors)).dropna(subset="factor")
        rows = tables.rows[tables.rows["task"] == task]
        rows = rows.assign(factor=rows["method"].map(factors)).dropna(subset="factor")
        errors = 100 * cells[["test_error", "test_error_low", "test_error_high"]].to_numpy(float)
        ends = errorbars.lengths([(m - low, high - m) for m, low, high in errors], cells["n"])
        look = {"color": "black", "marker": "o", "linestyle": "-"}  # a curve of many methods
        errorbars.bars(axes, cells["factor"], errors[:, 0], ends, "mean", look)
        axes.scatter(rows["factor"], 100 * rows["test_error"], s=4, color="#808080",
                     linewidth=0, zorder=3, label="a seed")  # fmt: skip
        axes.set(xscale="log", title=task, xlabel="virtual weights / stored weights")
        axes.set_ylabel("test error (%)")
        ticks = sorted(set(factors.values()))
        axes.set_xticks(ticks, [f"{factor:g}" for factor in ticks])
        axes.set_xlim(ticks[0] / 1.2, ticks[-1] * 1.2)
        axes.xaxis.set_minor_locator(NullLocator())
    style.legend(figure)
    return figure
