"""Bits that a kept weight's position takes against density, beside entropies of random masks."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from brainside.analysis.readings import Tables
from brainside.report.figures import style

READS = ("codings",)
BOUNDS = {
    "density_bound_bytes": ("entropy given each layer's density", "-"),
    "margins_bound_bytes": ("entropy given each row's and column's density", "--"),
}
# Coders, whose values are as they were: codecs with the values of their settings.
CODERS = ("bitmap", "relative5", "relative5-huffman", "zeta", "contexts stored",
          "contexts similarity")  # fmt: skip


def draw(tables: Tables, most: float = 9.0) -> Figure:
    """Draw one study, a panel a task and method; bits above `most` are out of sight."""
    style.apply()
    pairs = [(t, m) for t, titles in tables.titles.items() for m in titles if m != "reference"]
    figure = Figure(figsize=(style.WIDTH, 3.4 * len(pairs) + 0.9), layout="constrained")
    grid = figure.subplots(len(pairs), squeeze=False).flatten()
    for axes, (task, method) in zip(grid, pairs, strict=True):
        of = (tables.codings["task"] == task) & (tables.codings["method"] == method)
        _panel(axes, tables.codings[of])
        axes.set(title=f"{task}, {tables.titles[task][method]}", ylim=(0, most))
        axes.set(xlabel="weights kept (budget)", ylabel="bits of a position, per kept weight")
    style.legend(figure, columns=2)
    return figure


def _panel(axes: Axes, cells: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.invert_xaxis()
    names = _names(cells)
    there = cells[(cells["n"] > 0) & names.isin(CODERS)]
    same = there.drop_duplicates("budget").sort_values("budget")  # no codec changes the mask
    for column, (label, dash) in BOUNDS.items():
        axes.plot(same["budget"], _bits(same, column), dash, color="black", label=label)
    for name, look in style.looks_of(CODERS).items():
        found = there[names[there.index] == name].sort_values("budget")
        label = name if len(found) else f"{name} (absent)"
        axes.plot(found["budget"], _bits(found, "position_bytes"), label=label, markersize=4.5,
                  linewidth=1, **look)  # fmt: skip
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(same["budget"], style.fractions(list(same["budget"]), 1.25))
    if there.empty:
        axes.text(0.5, 0.5, "no codings yet", transform=axes.transAxes, ha="center")
        axes.set_xlim(1, 0.01)


def _names(cells: pd.DataFrame) -> pd.Series:
    """What a row's coder is called: its codec, and the setting's values."""
    values = cells["setting"].str.replace(r"\w+=", "", regex=True)
    return (cells["codec"] + " " + values).str.strip().str.removeprefix("relative ")


def _bits(cells: pd.DataFrame, column: str) -> np.ndarray:
    return 8 * cells[column].to_numpy(float) / cells["weights"].to_numpy(float)
