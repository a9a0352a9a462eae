"""Channels left of each layer at every step of a greedy search, a panel per task."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from brainside.analysis.long_tables import slimming_steps
from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, scales, style

READS = ("rows",)
PALE = 0.4  # of the seeds after the first
COLUMNS = ["task", "method", "seed", "budget", "path", "path_multiply_adds"]


def draw(tables: Tables) -> Figure:
    """Draw the paths in the records' column `path`: the first seed's in full, the others' paler.

    Vertical lines are the targets; each is met by the first step that is not above it.
    """
    tasks = list(tables.titles)
    figure, (panels,) = style.panels(1, len(tasks), 2.2)
    rows = tables.rows.reindex(columns=COLUMNS).dropna()
    for axes, task in zip(panels, tasks, strict=True):
        for method in tables.methods:
            searched = rows[(rows["task"] == task) & (rows["method"] == method)]
            _panel(axes, searched, tables.titles[task].get(method, method))
        axes.set(title=task, xlabel="multiply-adds (% of the widest)")
        axes.set_ylabel("channels or units of a layer")
    style.legend(figure)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, title: str) -> None:
    axes.set(xscale="log", yscale="log")
    axes.invert_xaxis()
    if rows.empty:
        axes.plot([], [], label=style.label(title, rows))
    longest = rows.loc[rows.groupby("seed")["budget"].idxmin()]  # it contains the others
    for number, (_, steps) in enumerate(slimming_steps(longest).groupby("seed")):
        _path(axes, steps, title, number == 0)
    targets = sorted(rows["budget"].unique())
    for budget in targets:
        axes.axvline(100 * budget, color="black", linewidth=0.6, linestyle=":")
    if targets:
        axes.set_xticks([100 * budget for budget in targets])
    if rows["seed"].nunique() > 1:
        axes.plot([], [], color="#808080", linewidth=0.6, alpha=PALE, label="paler: other seeds")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    scales.plain_numbers(axes.yaxis)


def _path(axes: Axes, steps: pd.DataFrame, title: str, full: bool) -> None:
    for layer, (_, path) in enumerate(steps.groupby("layer")):
        axes.plot(
            100 * path["multiply_adds"].to_numpy() / path["multiply_adds"].iloc[0],
            path["channels"],
            color=appearance.COLOURS[layer % 8],
            linestyle=appearance.DASHES[layer % 8],
            drawstyle="steps-post",
            linewidth=1.3 if full else 0.6,
            alpha=1 if full else PALE,
            label=f"{title}, layer {layer + 1}" if full else None,
        )
