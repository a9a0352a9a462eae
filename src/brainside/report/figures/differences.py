"""Differences from the reference in units of the task's margin: a row per method, a mark per task.

All tasks share one axis, on which 1 is the margin: what lies above it is more than the study calls
"no more error".
"""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.base.budgets import parse_budget
from brainside.report.figures.shared import appearance, style
from brainside.report.figures.shared.names import Budget

READS = ("summary", "comparisons")
ROW = 0.2  # inches
APART = 0.17  # of a row, between tasks


def draw(tables: Tables, *, budgets: Sequence[Budget]) -> Figure:
    """Draw paired differences of test error over the margin, with 95 % intervals.

    Of each method the cell at one of the budgets; there is no mark of a task without such a cell.
    """
    wanted = [parse_budget(budget, "budgets") for budget in budgets]
    figure, ((axes,),) = style.panels(1, 1, ROW * len(tables.methods) + 0.5)
    for number, task in enumerate(tables.titles):
        _task(axes, tables, task, wanted, number, APART * (number - (len(tables.titles) - 1) / 2))
    named = {name: title for task in tables.titles.values() for name, title in task.items()}
    titles = [named[name] for name in tables.methods]
    axes.set_yticks(range(len(titles)), titles)
    axes.set_ylim(len(titles) - 0.4, -0.6)
    axes.axvline(0, color="black", linewidth=1)
    axes.axvspan(0, 1, color="black", alpha=0.1, linewidth=0, label="within the margin")
    axes.set_xlabel("test error minus the reference's, over the task's margin")
    style.legend(figure)
    return figure


def _task(
    axes: Axes, tables: Tables, task: str, budgets: list[float], number: int, shift: float
) -> None:
    compared = _of(tables.comparisons, task, budgets)
    expected = set(_of(tables.summary, task, budgets)["method"])
    lines = {method: line for line, method in enumerate(tables.methods)}
    at = [lines[method] + shift for method in compared["method"]]
    mean, low, high = (
        compared[name] / compared["margin"] for name in ("difference", "low", "high")
    )
    axes.errorbar(mean, at, xerr=[mean - low, high - mean], markersize=3.5, elinewidth=0.8,
                  capsize=1.5, label=style.label(task, compared),
                  **{**appearance.look(number), "linestyle": "none"})  # fmt: skip
    for method in lines.keys() & expected - set(compared["method"]):
        axes.annotate(f"{task}: absent", (0.99, lines[method] + shift), size=style.SMALL,
                      xycoords=("axes fraction", "data"), color="#808080", ha="right",
                      va="center")  # fmt: skip


def _of(cells: pd.DataFrame, task: str, budgets: list[float]) -> pd.DataFrame:
    return cells[(cells["task"] == task) & cells["budget"].isin(budgets)]
