"""Differences of test error from another method along the budgets, a panel per task."""

from textwrap import fill

from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import paired, style
from brainside.report.figures.shared.names import Method

READS = ("rows",)


def draw(tables: Tables, *, against: Method) -> Figure:
    """Draw each method's test error minus that of the method `against`, where curves coincide.

    Paired by seed, with 95 % intervals over seeds and every seed. Budgets that only one of the two
    has are left out.
    """
    tasks = list(tables.titles)
    columns = min(4, len(tasks))
    lines = -(-len(tasks) // columns)
    figure, grid = style.panels(lines, columns, 1.7 * lines + 0.2, width=style.width(columns))
    for axes, task in zip(grid.flat, tasks, strict=False):
        paired.panel(axes, tables, task, against, _labels(tables, task))
    for axes, task in zip(grid[:, 0], tasks[::columns], strict=True):
        last = fill(f"{tables.titles[task].get(against, against)} (points)", 30)
        axes.set_ylabel(f"test error minus\n{last}")
    for axes in grid.flat[len(tasks) :]:
        axes.set_axis_off()
    style.legend(figure)
    return figure


def _labels(tables: Tables, task: str) -> dict[str, str]:
    """Titles by method for the legend; absent is what has no record on any task."""
    rows = tables.rows
    return {method: style.label(title, rows[rows["method"] == method])
            for method, title in tables.titles[task].items()}  # fmt: skip
