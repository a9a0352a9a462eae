"""Channels left of each layer at every step of a greedy search, a panel a task."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from brainside.analysis.readings import Tables
from brainside.report.figures import style

READS = ("rows",)
COLUMNS = ["task", "method", "seed", "budget", "path", "path_multiply_adds"]


def draw(tables: Tables) -> Figure:
    """Draw the paths in the records' column `path`: the first seed's in full, the others' paler.

    Vertical lines are the targets; each is met by the first step that is not above it.
    """
    style.apply()
    tasks = list(tables.titles)
    figure = Figure(figsize=(style.WIDTH, 3.9), layout="constrained")
    rows = tables.rows.reindex(columns=COLUMNS).dropna()
    for axes, task in zip(figure.subplots(1, len(tasks), squeeze=False)[0], tasks, strict=True):
        for method in tables.methods:
            found = rows[(rows["task"] == task) & (rows["method"] == method)]
            _panel(axes, found, tables.titles[task].get(method, method))
        axes.set(title=task, xlabel="multiply-adds (% of the widest)")
        axes.set_ylabel("channels or units of a layer")
    style.legend(figure, columns=4)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    axes.set(xscale="log", yscale="log")
    axes.invert_xaxis()
    if rows.empty:
        axes.plot([], [], label=f"{title} (absent)")
    for number, (_, of_seed) in enumerate(rows.groupby("seed")):
        whole = of_seed.loc[of_seed["budget"].idxmin()]  # the longest path contains the others
        _path(axes, str(whole["path"]), str(whole["path_multiply_adds"]), title, number == 0)
    targets = sorted(rows["budget"].unique())
    for budget in targets:
        axes.axvline(100 * budget, color="black", linewidth=0.6, linestyle=":")
    if targets:
        axes.set_xticks([100 * budget for budget in targets])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    style.plain_numbers(axes.yaxis)


def _path(axes: Axes, path: str, multiply_adds: str, title: str, full: bool) -> None:
    widths = np.array([step.split() for step in path.split(";")], dtype=int)
    costs = np.array(multiply_adds.split(), dtype=float)
    for layer, channels in enumerate(widths.T):
        look = {"color": style.COLOURS[layer % 8], "linestyle": style.DASHES[layer % 8]}
        axes.plot(
            100 * costs / costs[0],
            channels,
            drawstyle="steps-post",
            linewidth=1.5 if full else 0.9,
            alpha=1 if full else 0.35,
            label=f"{title}, layer {layer + 1}" if full else None,
            **look,
        )
