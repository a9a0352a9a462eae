"""What OBD's saliencies say that deletion does to the training loss, and what it does.

LeCun, Denker, Solla (1990), figure 1b: the predicted loss is that of the start, plus the saliencies
of the weights deleted.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, errorbars, style

READS = ("rows",)


def draw(tables: Tables) -> Figure:
    """Draw a row of two panels per task: both losses by parameters left, and one by the other.

    For sweeps without retraining: the start's loss is the record's, less the actual increase.
    """
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), 2, 1.8 * len(tasks))
    for (left, right), task in zip(grid, tasks, strict=True):
        rows = tables.rows[tables.rows["task"] == task]
        for method in tables.methods:
            title = tables.titles[task].get(method)
            if title is not None:
                look = appearance.looks(tables)[method]
                losses = losses_of(rows[rows["method"] == method])
                _by_parameters(left, losses, title, look)
                _by_prediction(right, losses, title, look)
        right.margins(x=0.15)
        ends = [min(right.get_xlim()[0], right.get_ylim()[0]), right.get_ylim()[1]]
        right.plot(
            ends, ends, color="black", linewidth=0.8, label="as predicted (numbers: deleted)"
        )
        left.set(xlabel="parameters left", ylabel="training loss (dB re 1)", title=task)
        right.set(xlabel="predicted loss (dB re 1)", ylabel="actual loss (dB re 1)", title=task)
    style.legend(figure)
    return figure


def losses_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Budget, parameters, losses `predicted` and `actual` in decibels: one row per network."""
    recorded = {"predicted_increase", "actual_increase"} <= set(rows)
    rows = rows.dropna(subset=["predicted_increase", "actual_increase"]) if recorded else rows[:0]
    if rows.empty:
        return pd.DataFrame(columns=["budget", "parameters", "predicted", "actual"], dtype=float)
    predicted = rows["train_loss"] - rows["actual_increase"] + rows["predicted_increase"]
    losses = {"predicted": predicted, "actual": rows["train_loss"]}
    return pd.DataFrame(
        {"budget": rows["budget"], "parameters": rows["weights"] + rows["biases"]}
        | {name: 10 * np.log10(loss.where(loss > 0)) for name, loss in losses.items()}
    )


def _by_parameters(axes: Axes, losses: pd.DataFrame, title: str, look: appearance.Look) -> None:
    means = losses.groupby("parameters")[["actual", "predicted"]].mean()
    for name, filled in (("actual", look["color"]), ("predicted", "white")):
        label = style.label(f"{title}, {name}", losses)
        errorbars.bars(
            axes, list(means.index), means[name].to_numpy(), None, label,
            {**look, "markerfacecolor": filled, "linestyle": "-" if name == "actual" else "--"},
        )  # fmt: skip


def _by_prediction(axes: Axes, losses: pd.DataFrame, title: str, look: appearance.Look) -> None:
    label = f"{title}, single networks" if len(losses) else ""
    axes.scatter(
        losses["predicted"], losses["actual"], s=6, color=look["color"], alpha=0.6, linewidth=0,
        label=label,
    )  # fmt: skip
    means, labelled = losses.groupby("budget")[["predicted", "actual"]].mean(), np.inf
    for budget, *point in means.itertuples():
        if abs(point[1] - labelled) > 1.2:  # nearer ones would lie on one another
            deleted, labelled = f"{100 * (1 - budget):.0f} %", point[1]
            axes.annotate(deleted, tuple(point), (-5, 2), textcoords="offset points", ha="right",
                          fontsize=style.SMALL)  # fmt: skip
