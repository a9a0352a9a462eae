"""What all figures share: sizes, colours and marks by method, deterministic files."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from brainside.analysis.readings import Tables
from brainside.base.budgets import share
from brainside.base.files import write_whole

matplotlib.use("Agg")


WIDTH = 6.3  # inches, the report's text width
HALF = 3.1  # for a single panel: two figures stand side by side
LINE = 0.12  # inches, that of the small print
# Colour and mark both tell a method, so that a grey print can be read. Colour-blind-safe
# (Wong 2011, with dark grey).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#404040", "#8B6F00")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
REFERENCE = {"color": "black", "marker": "*"}
DASHES = ("-", "--", "-.", ":", "-", "--", "-.", ":")


def apply() -> None:
    """Set seaborn's and matplotlib's defaults for every figure."""
    seaborn.set_theme(context="paper", style="ticks", font="DejaVu Sans")
    matplotlib.rcParams |= {
        "axes.grid": True,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.6,
        "axes.titlesize": "medium",
        "figure.dpi": 150,
        "legend.frameon": False,
        "pdf.fonttype": 42,
        "svg.hashsalt": "brainside",
    }


def looks(tables: Tables) -> dict[str, dict]:
    """Colour, mark and dash of each method of a figure, and the reference's black star."""
    return {**looks_of(tables.methods, tables.places), "reference": REFERENCE}


def looks_of(methods: Sequence[str], wanted: Mapping[str, int] | None = None) -> dict[str, dict]:
    """Colour, mark and dash of each name: the one it wants, or the first that is left."""
    places: dict[str, int] = {}
    for name in methods:
        if name in (wanted or {}) and wanted[name] not in places.values():
            places[name] = wanted[name]
    left = (place for place in range(len(methods) + len(places)) if place not in places.values())
    return {name: _look(places[name] if name in places else next(left)) for name in methods}


def _look(place: int) -> dict:
    n = place % len(COLOURS)
    return {"color": COLOURS[n], "marker": MARKS[n], "linestyle": DASHES[n]}


def bars(
    axes: Axes, x: list[float], y: np.ndarray, ends: np.ndarray | None, label: str, look: dict
) -> None:
    """A curve with intervals; `ends` (2, n) are lengths below and above."""
    if ends is not None and axes.get_yscale() == "log":
        ends[0] = np.minimum(ends[0], 0.999 * np.abs(y))
    axes.errorbar(x, y, yerr=ends, label=label, markersize=4.5, linewidth=1.2, elinewidth=1,
                  capsize=2, **look)  # fmt: skip


def lengths(ends: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Lengths (n, 2) below and above as bars take them (2, n); unknown ones are not drawn."""
    return np.nan_to_num(np.array(ends, float).reshape(-1, 2).T)


def paper(mark: str) -> dict:
    """How the values of a paper look beside ours."""
    return {"marker": mark, "markerfacecolor": "none", "markeredgecolor": "#808080",
            "markersize": 5, "linestyle": "none"}  # fmt: skip


def fractions(budgets: Sequence[float], apart: float) -> list[str]:
    """Ascending budgets as 1/8, without those less than a factor apart from the last one shown."""
    shown, last = [], 0.0
    for budget in budgets:
        shown.append(share(budget) if budget > apart * last else "")
        last = budget if shown[-1] else last
    return shown


def limit(axes: Axes, values: pd.Series) -> None:
    """Limit the vertical axis to single networks: an interval of two seeds can be wider than it."""
    if axes.get_yscale() == "log":
        values = values[values > 0]
    if len(values):
        scale = axes.yaxis.get_transform()
        low, high = scale.transform([values.min(), values.max()])
        room = 0.08 * (high - low) or 1.0
        axes.set_ylim(*scale.inverted().transform([low - room, high + room]))


def log_log(axes: Axes, rows: pd.DataFrame) -> None:
    """Logarithmic axes with plain numbers; where nothing is drawn, an empty frame that says so."""
    if rows.empty:
        axes.text(0.5, 0.5, "no records yet", transform=axes.transAxes, ha="center")
        axes.set(xlim=(0.001, 1), ylim=(1, 100))
    axes.set(xscale="log", yscale="log")
    plain_numbers(axes.yaxis)


def plain_numbers(
    axis: Axis, write: Callable[[float], str] = "{:g}".format, *, minor: bool = True
) -> None:
    """Label a logarithmic axis without exponents.

    With `minor`, 2 and 5 of each decade, too, and all where the range is short; 9, which would run
    into 10, only where it is shorter still.
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))

    def between(value: float, _: int) -> str:
        low, high = axis.get_view_interval()
        leading = round(value / 10 ** np.floor(np.log10(value)))
        shown = leading in (2, 5) or high < (2 if leading == 9 else 4) * low
        return write(value) if minor and shown else ""

    axis.set_minor_formatter(FuncFormatter(between))


def width(panels: int) -> float:
    """Inches of a figure with so many panels side by side."""
    return WIDTH if panels > 1 else HALF


def legend(figure: Figure, *, columns: int) -> None:
    """One legend below the panels, with every label once; in one column below a single panel."""
    size = None
    if figure.get_figwidth() <= HALF:
        columns, size = 1, 7
    found: dict[str, object] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        found |= {text: handle for text, handle in zip(labels, handles, strict=True)}
    figure.legend(found.values(), found.keys(), loc="outside lower center", ncols=columns,
                  fontsize=size)  # fmt: skip


def stamp(figure: Figure, made_of: str) -> None:
    """Say in small print above the panels what a figure is drawn from; it grows by the line."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + LINE)
    share = height / (height + LINE)
    if figure.get_layout_engine():
        figure.get_layout_engine().set(rect=(0, 0, 1, share))
    figure.text(0.995, 0.996, made_of, size=5, color="#707070", ha="right", va="top")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as the suffix says, without dates, whole or not at all."""
    dates = {".pdf": {"CreationDate": None}, ".png": {"Software": None}}[path.suffix]
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], metadata=dates, dpi=150)
    write_whole(path, buffer.getvalue())
