"""Test error against the three sizes: stored weights, multiply-adds, bytes of the file."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, scales, style
from brainside.report.figures.shared.names import Method

READS = ("rows", "summary")
AXES = {
    "weights": "stored weights",
    "multiply_adds": "multiply-adds an image",
    "checkpoint_bytes": "bytes of the file",
}


def draw(tables: Tables, single: Sequence[Method] = ()) -> Figure:
    """Draw one study: a row of three panels per task, means over seeds joined by a line.

    Of the methods `single`, whose rows are different networks, every row is a mark.
    """
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), len(AXES), 1.8 * len(tasks) + 0.1, sharey="row")
    for row, task in zip(grid, tasks, strict=True):
        for axes, (column, label) in zip(row, AXES.items(), strict=True):
            _panel(axes, tables, task, column, single)
            axes.set_xlabel(label)
        row[0].set_ylabel(f"{task}\ntest error (%)")
    style.legend(figure)
    return figure


def _panel(axes: Axes, tables: Tables, task: str, column: str, single: Sequence[str]) -> None:
    looks = appearance.looks(tables)
    cells = tables.summary[(tables.summary["task"] == task) & (tables.summary["n"] > 0)]
    rows = tables.rows[tables.rows["task"] == task]
    for method, title in tables.titles[task].items():
        shown = rows if method in single else cells
        points = shown[shown["method"] == method].sort_values(column)
        look = looks[method]
        if method in single:
            look = {**look, "linestyle": "none", "markerfacecolor": "none"}
        in_front = method == "reference"  # one mark, which others would hide
        axes.plot(
            points[column],
            100 * points["test_error"],
            label=style.label(title, points),
            markersize=7 if in_front else 3.5,
            zorder=4 if in_front else 2,
            linewidth=1,
            **look,
        )
    scales.log_log(axes, cells)
    low, high = axes.get_xlim()
    scales.plain_numbers(axes.xaxis, EngFormatter(sep=""), minor=high < 20 * low)
    axes.tick_params(axis="x", which="both", labelsize=6)
