"""Test error against the budget, a panel per task: means with 95 % intervals, and every seed."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, errorbars, paired, scales, style
from brainside.report.figures.shared.names import Method

READS = ("rows", "summary")


def draw(tables: Tables, *, against: Method | None = None) -> Figure:
    """Draw one study; methods without records are named as absent in the legend.

    Where curves coincide, the panels of differences from the method `against` are beside them.
    """
    if against is not None:
        return _compared(tables, against)
    tasks = list(tables.titles)
    columns = min(2, len(tasks))
    rows = -(-len(tasks) // columns)
    figure, grid = style.panels(rows, columns, 1.75 * rows + 0.1, width=style.width(columns))
    for axes, task in zip(grid.flat, tasks, strict=False):
        _panel(axes, tables, task)
    for axes in grid.flat[len(tasks) :]:
        axes.set_axis_off()
    style.legend(figure)
    return figure


def _compared(tables: Tables, against: str) -> Figure:
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), 2, 1.75 * len(tasks) + 0.1)
    for (left, right), task in zip(grid, tasks, strict=True):
        titles = tables.titles[task]
        _panel(left, tables, task)
        labels = {method: _label(tables, method, title) for method, title in titles.items()}
        paired.panel(right, tables, task, against, labels)
        _ticks(right, sorted({b for b in tables.summary["budget"] if b < 1}))
        right.set_ylabel(f"minus {titles.get(against, against)}\n(points)")
    style.legend(figure)
    return figure


def _panel(axes: Axes, tables: Tables, task: str) -> None:
    cells = tables.summary[tables.summary["task"] == task]
    methods = [m for m in cells["method"].unique() if m != "reference"]
    looks = appearance.looks(tables)
    _reference(axes, tables, cells[cells["method"] == "reference"])
    for number, method in enumerate(methods):
        # A small shift keeps the intervals of neighbours apart.
        shift = 1.03 ** (number - (len(methods) - 1) / 2)
        _curve(axes, cells[cells["method"] == method], tables, task, method, looks[method], shift)
    scales.log_log(axes, cells[(cells["n"] > 0) & (cells["method"] != "reference")])
    axes.invert_xaxis()
    _ticks(axes, sorted({b for b in cells["budget"] if b < 1}))
    _errors(axes, 100 * tables.rows.loc[tables.rows["task"] == task, "test_error"])
    axes.set(title=task, xlabel="budget", ylabel="test error (%)")


def _reference(axes: Axes, tables: Tables, cell: pd.DataFrame) -> None:
    mean, ends = _means(cell[cell["n"] > 0])
    label = _label(tables, "reference", "reference")
    for error, below, above in zip(mean, *ends, strict=True):
        axes.axhline(error, color="black", linewidth=1, label=label)
        axes.axhspan(error - below, error + above, color="black", alpha=0.1, linewidth=0)


def _means(cells: pd.DataFrame) -> tuple[pd.Series, np.ndarray]:
    """Mean errors of cells (n,) in per cent, and the lengths of their bars (2, n)."""
    mean, low, high = (100 * cells[f"test_error{end}"] for end in ("", "_low", "_high"))
    return mean, errorbars.lengths(np.stack([mean - low, high - mean], axis=1), cells["n"])


def _curve(
    axes: Axes,
    cells: pd.DataFrame,
    tables: Tables,
    task: str,
    method: str,
    look: appearance.Look,
    shift: float,
) -> None:
    recorded = cells[cells["n"] > 0].sort_values("budget")
    label = _label(tables, method, tables.titles[task][method])
    mean, ends = _means(recorded)
    ends[0] = np.minimum(ends[0], 0.999 * mean)  # the axis is logarithmic
    errorbars.bars(axes, recorded["budget"] * shift, mean, ends, label, look)
    rows = tables.rows[(tables.rows["task"] == task) & (tables.rows["method"] == method)]
    axes.scatter(
        rows["budget"] * shift,
        100 * rows["test_error"],
        s=4,
        color=look["color"],
        alpha=0.6,
        linewidth=0,
        zorder=3,
    )


def _label(tables: Tables, method: str, title: str) -> str:
    """A method with its numbers of seeds, over all panels."""
    cells = tables.summary[(tables.summary["method"] == method) & (tables.summary["n"] > 0)]
    return f"{title} (n = {_range(cells['n'])})" if len(cells) else style.label(title, cells)


def _range(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low}–{high}"


def _ticks(axes: Axes, budgets: list[float]) -> None:
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(budgets, scales.fractions(budgets, 2.1))
    axes.tick_params(axis="x", labelsize=6)


def _errors(axes: Axes, errors: pd.Series) -> None:
    """Limit the axis to the seeds' errors: an interval of two seeds can be wider than the page."""
    seen = errors[errors > 0]
    if len(seen):
        axes.set_ylim(seen.min() / 1.5, min(110.0, seen.max() * 1.5))
