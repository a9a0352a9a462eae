"""Bits that a kept weight's position takes against density, beside entropies of random masks."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, scales, style

READS = ("codings",)
BOUNDS = {
    "density_bound_bytes": ("entropy given each layer's density", "-"),
    "margins_bound_bytes": ("entropy given each row's and column's density", "--"),
}
# Coders of positions that leave the values as they were: codec and setting by title.
CODERS = {
    "bitmap": ("bitmap", ""),
    "relative indices of 5 bits": ("relative", "positions=relative5"),
    "relative indices, Huffman-coded": ("relative", "positions=relative5-huffman"),
    "ζ-coded gaps": ("zeta", ""),
    "adaptive contexts": ("contexts", "order=stored"),
    "adaptive contexts, units by similarity": ("contexts", "order=similarity"),
}


def draw(tables: Tables, most: float = 9.0) -> Figure:
    """Draw one study, a panel per task and method; bits above `most` are out of sight."""
    pairs = [(t, m) for t, titles in tables.titles.items() for m in titles if m != "reference"]
    figure, grid = style.panels(len(pairs), 1, 2.2 * len(pairs))
    for axes, (task, method) in zip(grid.flat, pairs, strict=True):
        of = (tables.codings["task"] == task) & (tables.codings["method"] == method)
        _panel(axes, tables.codings[of])
        axes.set(title=f"{task}, {tables.titles[task][method]}", ylim=(0, most))
        axes.set(xlabel="weights kept (budget)", ylabel="bits of a position, per kept weight")
    style.legend(figure)
    return figure


def _panel(axes: Axes, cells: pd.DataFrame) -> None:
    axes.set_xscale("log")
    axes.invert_xaxis()
    known = cells[cells["n"] > 0]
    points = {name: _points(known, *coder) for name, coder in CODERS.items()}
    together = pd.concat(points.values())
    same = together.drop_duplicates("budget").sort_values("budget")  # no codec changes the mask
    for column, (label, dash) in BOUNDS.items():
        axes.plot(same["budget"], _bits(same, column), dash, color="black", label=label)
    for number, name in enumerate(CODERS):
        bits, label = _bits(points[name], "position_bytes"), style.label(name, points[name])
        axes.plot(
            points[name]["budget"],
            bits,
            label=label,
            markersize=3.5,
            linewidth=1,
            **appearance.look(number),
        )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(same["budget"], scales.fractions(list(same["budget"]), 1.25))
    if together.empty:
        axes.text(0.5, 0.5, "no codings yet", transform=axes.transAxes, ha="center")
        axes.set_xlim(1, 0.01)


def _points(cells: pd.DataFrame, codec: str, setting: str) -> pd.DataFrame:
    return cells[(cells["codec"] == codec) & (cells["setting"] == setting)].sort_values("budget")


def _bits(cells: pd.DataFrame, column: str) -> np.ndarray:
    return 8 * cells[column].to_numpy(float) / cells["weights"].to_numpy(float)
