"""Test errors by task and method beside those of a paper's tables: a panel per table."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis import published
from brainside.analysis.readings import Tables
from brainside.base.budgets import share
from brainside.report.figures.shared import appearance, errorbars, scales, style
from brainside.report.figures.shared.names import ErrorTable

READS = ("summary", "published")


def draw(tables: Tables, entries: list[ErrorTable]) -> Figure:
    """Draw tables of config/published.yaml by name: ours filled, the paper's open and grey."""
    known = published.read_published(tables.study)["errors"]
    figure, grid = style.panels(len(entries), 1, 2.1 * len(entries))
    for axes, name in zip(grid.flat, entries, strict=True):
        entry = known[name]
        tasks = [task for task in entry["rows"] if task in tables.titles]
        for number, method in enumerate(entry["methods"]):
            shift = 0.13 * (number - (len(entry["methods"]) - 1) / 2)
            _marks(axes, tables, entry, tasks, method, shift)
        axes.set_xticks(range(len(tasks)), [task.replace("/", "/\n") for task in tasks], fontsize=6)
        axes.set(ylabel="test error (%)", title=f"budget {share(entry['budget'])}")
        axes.set(yscale="log", xlabel="task", xlim=(-0.5, len(tasks) - 0.5))
        axes.grid(False, axis="x")
        for between in range(len(tasks) - 1):
            axes.axvline(between + 0.5, color="#d0d0d0", linewidth=0.6)
        scales.plain_numbers(axes.yaxis)
    style.legend(figure)
    return figure


def _marks(
    axes: Axes, tables: Tables, entry: published.Entry, tasks: list[str], method: str, shift: float
) -> None:
    cells = tables.summary
    cells = cells[(cells["method"] == method) & (cells["budget"] == entry["budget"])]
    cells = cells[(cells["n"] > 0) & cells["task"].isin(tasks)]
    title = next(t[method] for t in tables.titles.values() if method in t)
    look = {**appearance.looks(tables)[method], "linestyle": "none"}
    mean, low, high = (100 * cells[f"test_error{end}"] for end in ("", "_low", "_high"))
    ends = errorbars.lengths(list(zip(mean - low, high - mean, strict=True)), cells["n"])
    at = [tasks.index(task) + shift for task in cells["task"]]
    errorbars.bars(axes, at, mean.to_numpy(), ends, style.label(title, cells), look)
    column = entry["methods"].index(method)
    theirs = {
        number + shift: entry["rows"][task][column]
        for number, task in enumerate(tasks)
        if entry["rows"][task]
    }
    label = f"the paper's values ({entry['confidence']}), same marks"
    axes.plot(list(theirs), list(theirs.values()), label=label, **appearance.paper(look["marker"]))
