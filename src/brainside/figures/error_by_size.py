"""Test error against the three sizes: stored weights, multiply-adds, bytes of the file."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from brainside.figures import style
from brainside.figures.tables import Tables

AXES = {
    "weights": "stored weights",
    "multiply_adds": "multiply-adds an image",
    "checkpoint_bytes": "bytes of the file",
}


def draw(tables: Tables) -> Figure:
    """Draw one study: a row of three panels a task, means over seeds."""
    style.apply()
    tasks = list(tables.titles)
    figure = Figure(figsize=(style.WIDTH, 2.6 * len(tasks) + 0.9), layout="constrained")
    grid = figure.subplots(len(tasks), len(AXES), squeeze=False, sharey="row")
    for row, task in zip(grid, tasks, strict=True):
        for axes, (column, label) in zip(row, AXES.items(), strict=True):
            _panel(axes, tables, task, column)
            axes.set_xlabel(label)
        row[0].set_ylabel(f"{task}\ntest error (%)")
    style.legend(figure, columns=2)
    return figure


def _panel(axes: Axes, tables: Tables, task: str, column: str) -> None:
    looks = style.looks(tables.methods)
    cells = tables.summary[(tables.summary["task"] == task) & (tables.summary["n"] > 0)]
    for method, title in tables.titles[task].items():
        found = cells[cells["method"] == method].sort_values(column)
        look = {"color": "black", "marker": "*"} if method == "reference" else looks[method]
        axes.plot(
            found[column],
            100 * found["test_error"],
            label=title if len(found) else f"{title} (absent)",
            markersize=4.5,
            linewidth=1.2,
            **look,
        )
    style.log_log(axes, cells)
    low, high = axes.get_xlim()
    style.plain_numbers(axes.xaxis, EngFormatter(sep=""), minor=high < 20 * low)
    axes.tick_params(axis="x", which="both", labelsize="small")
