"""Columns of the records along a trajectory: a panel per task and column."""

from textwrap import fill
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.analysis.statistics import interval
from brainside.base.errors import Refused
from brainside.report.figures.shared import appearance, errorbars, scales, style
from brainside.report.figures.shared.names import Column, Method

READS = ("rows",)
# Columns of the records that may be drawn, with their labels.
LABELS = {
    "test_error": "test error (%)",
    "train_error": "training error (%)",
    "train_loss": "training loss",
    "test_loss": "test loss",
    "predicted_increase": "predicted",
    "actual_increase": "actual",
    "lambda_min": "smallest eigenvalue",
    "lambda_max": "largest eigenvalue",
    "norm_ratio": "relative spectral norm of what is gone",
    "dead_units": "dead units",
    "connected_inputs": "inputs that are read",
    "valid_error": "validation error (%)",
    "valid_loss": "validation loss",
    "weights": "stored weights",
    "nonzero_weights": "weights that are not zero",
    "multiply_adds": "multiply-adds an image",
    "checkpoint_bytes": "bytes of the file",
    "epochs_total": "epochs",
    "proportion": "proportion learned",
    "supernet_loss": "supernet's loss",
    "supernet_valid_error": "supernet's validation error (%)",
    "supernet_valid_loss": "supernet's validation loss",
}
SCALES = {"log": "log", "linear": "linear", "decibel": "linear"}
# Of several columns in a panel those after the first are dashed, and their marks are open.
COLUMNS: tuple[appearance.Look, ...] = (
    {"linestyle": "-"},
    {"linestyle": "--", "markerfacecolor": "white"},
    {"linestyle": ":", "markerfacecolor": "white"},
)
UNNAMED = "_"  # matplotlib's way to leave a curve out of the legend
AGAINST = {"deleted": "weights deleted (%)", "parameters": "parameters left"}


def draw(
    tables: Tables,
    columns: list[Column | list[Column]],
    label: str | None = None,
    scale: Literal["log", "linear", "decibel"] = "log",
    against: Literal["deleted", "parameters"] = "deleted",
    minus: Method | None = None,
    reference: Method = "reference",
) -> Figure:
    """Draw a row of panels per task; several columns in one panel differ by their dashes.

    `label` is the vertical axis of panels with several columns, `scale` that of every panel: log,
    linear, or decibel (ten times the decimal logarithm; means and intervals are those of it).
    `against` is the horizontal axis: the share of weights `deleted`, or the number of `parameters`
    (weights and biases) that are left. Where curves coincide, a last panel has the decibels of the
    first column above those of the method `minus`, seed by seed. A horizontal line is the mean of
    the method `reference`, which the others start from. Raises Refused where one of these two is
    none of the figure's.
    """
    for named in filter(None, (minus, reference)):
        if named not in (*tables.methods, "reference"):
            raise Refused(f"figure: {named} is none of its methods {tables.methods}")
    tasks = list(tables.titles)
    panels = len(columns) + (minus is not None)
    figure, grid = style.panels(len(tasks), panels, 1.8 * len(tasks), width=style.width(panels))
    for row, task in zip(grid, tasks, strict=True):
        if minus is not None:
            _compared(row[-1], tables, task, str(columns[0]), against, minus, reference)
        for axes, names in zip(row, columns, strict=minus is None):
            together = [names] if isinstance(names, str) else names
            axes.set_yscale(SCALES[scale])
            if scale == "log":
                scales.plain_numbers(axes.yaxis)
            _panel(axes, tables, task, together, scale, against, reference)
            single = LABELS[together[0]]
            axes.set(xlabel=AGAINST[against], title=task)
            unit = " (dB re 1)" if scale == "decibel" else ""
            axes.set_ylabel((label if len(together) > 1 and label else single) + unit)
    style.legend(figure)
    return figure


def shown(rows: pd.DataFrame, column: str, scale: str) -> pd.Series:
    """A column as it is drawn, without missing values; errors in percent."""
    values = rows[column].dropna() if column in rows else pd.Series(dtype=float)
    if scale == "decibel":
        return 10 * np.log10(values[values > 0])
    return 100 * values if column.endswith("_error") else values


def above(rows: pd.DataFrame, method: str, last: str, column: str) -> pd.DataFrame:
    """A method's rows with their decibels above those of the method `last`, by budget and seed."""
    cells = rows.set_index(["budget", "seed"])
    ours, theirs = (shown(cells[cells["method"] == name], column, "decibel")
                    for name in (method, last))  # fmt: skip
    return cells[cells["method"] == method].assign(above=ours - theirs).dropna(subset="above")


def _compared(
    axes: Axes,
    tables: Tables,
    task: str,
    column: str,
    against: str,
    minus: str,
    reference: str,
) -> None:
    titles, looks = tables.titles[task], appearance.looks(tables)
    of_task, farthest = tables.rows[tables.rows["task"] == task], []
    others = [m for m in tables.methods if m in titles and m not in (minus, reference)]
    for line, method in enumerate(others):
        rows = above(of_task, method, minus, column).reset_index()
        look = {**looks[method], "linestyle": "-"}  # as that of the first column
        _curve(axes, rows, rows["above"], titles[method], look, against, line)
        if len(rows):
            farthest.append(rows.groupby("budget")["above"].mean().abs().max())
    axes.axhline(0, color=looks[minus]["color"], linewidth=1)
    axes.set(xlabel=AGAINST[against], title=task)
    axes.set_ylabel(f"loss (dB) above\n{fill(titles.get(minus, minus).partition(',')[0], 28)}")
    if farthest:
        axes.set_ylim(-2 * _near(farthest), 2 * _near(farthest))


def _near(farthest: list[float]) -> float:
    """How far a panel has to reach: a method that is much farther than the others may leave it."""
    *others, last = sorted(farthest)
    return (others[-1] if others and last > 4 * others[-1] else last) or 1.0


def _panel(
    axes: Axes,
    tables: Tables,
    task: str,
    columns: list[str],
    scale: str,
    against: str,
    reference: str,
) -> None:
    looks = appearance.looks(tables)
    of_task = tables.rows[tables.rows["task"] == task]
    for line, (method, title) in enumerate(tables.titles[task].items()):
        rows = of_task[of_task["method"] == method]
        for number, column in enumerate(columns):
            values = shown(rows, column, scale)
            name = UNNAMED if number else title
            if method not in ("reference", reference) and (len(values) or rows.empty):
                look = {**looks[method], **COLUMNS[number]}
                _curve(axes, rows.loc[values.index], values, name, look, against, line)
            elif method == reference and len(columns) == 1 and len(values):
                axes.axhline(values.mean(), color="black", linewidth=1, label=title)
    for column, look in zip(columns, COLUMNS, strict=False) if len(columns) > 1 else ():
        of_column = {**look, "color": "0.4", "marker": "o", "markersize": 3.5, "linewidth": 1}
        axes.plot([], [], label=LABELS[column], **of_column)
    scales.limit(axes, pd.concat([shown(of_task, column, scale) for column in columns]))


def _curve(
    axes: Axes,
    rows: pd.DataFrame,
    values: pd.Series,
    name: str,
    look: appearance.Look,
    against: str,
    line: int,
) -> None:
    deleted, parameters = 100 * (1 - rows["budget"]), rows["weights"] + rows["biases"]
    x = {"deleted": deleted, "parameters": parameters}[against]
    x = x + 0.005 * line * (x.max() - x.min())  # so that curves which coincide can be told apart
    groups = values.groupby(x)
    intervals = [interval(group.to_numpy(float)) for _, group in groups]
    means, ends = np.array([i.mean for i in intervals]), errorbars.interval_lengths(intervals)
    errorbars.bars(axes, [at for at, _ in groups], means, ends, style.label(name, values), look)
    axes.scatter(x, values, s=4, color=look["color"], alpha=0.6, linewidth=0, zorder=3)
