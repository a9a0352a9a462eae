"""Differences from the reference at one budget: a row per method, a panel per task."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.base.budgets import parse_budget
from brainside.report.figures import style

READS = ("summary", "comparisons")
ROW = 0.19  # inches


def draw(tables: Tables, *, budgets: Sequence[str | float]) -> Figure:
    """Draw paired differences of test error with 95 % intervals, and the tasks' margins.

    Of each method the cell at one of the budgets; the row is blank if a task has no such cell.
    """
    wanted = [parse_budget(budget, "budgets") for budget in budgets]
    height = ROW * len(tables.methods) + 0.9
    figure, (panels,) = style.panels(1, len(tables.titles), height, sharey=True)
    for axes, task in zip(panels, tables.titles, strict=True):
        _panel(axes, tables, task, wanted)
    named = {name: title for task in tables.titles.values() for name, title in task.items()}
    titles = [named[name] for name in tables.methods]
    panels[0].set_yticks(range(len(titles)), titles, size="small")
    panels[0].set_ylim(len(titles) - 0.4, -0.6)
    figure.supxlabel("test error minus the reference's (points)", size="small")
    return figure


def _panel(axes: Axes, tables: Tables, task: str, budgets: list[float]) -> None:
    compared = _of(tables.comparisons, task, budgets)
    expected = set(_of(tables.summary, task, budgets)["method"])
    for line, method in enumerate(tables.methods):
        cells = compared[compared["method"] == method]
        if cells.empty and method in expected:
            axes.annotate("absent", (0.5, line), xycoords=("axes share", "data"), size=6,
                          color="#808080", ha="center", va="center")  # fmt: skip
        for _, cell in cells.iterrows():
            at, low, high = (100 * cell[name] for name in ("difference", "low", "high"))
            axes.errorbar([at], [line], xerr=[[at - low], [high - at]], color="black",
                          marker="o", markersize=3.5, elinewidth=1, capsize=2)  # fmt: skip
    axes.axvline(0, color="black", linewidth=1)
    if len(compared):
        axes.axvspan(0, 100 * compared["margin"].max(), color="black", alpha=0.1, linewidth=0)
    axes.set_title(task.replace("/", "/\n"), size=6.5)
    axes.tick_params(labelsize="small")


def _of(cells: pd.DataFrame, task: str, budgets: list[float]) -> pd.DataFrame:
    return cells[(cells["task"] == task) & cells["budget"].isin(budgets)]
