"""What all figures share: sizes, colours and marks by method, deterministic files."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from brainside.analysis.readings import Tables
from brainside.analysis.statistics import Interval
from brainside.base.budgets import share
from brainside.base.files import write_whole
from brainside.report.figures.theme import THEME

matplotlib.use("Agg")

WIDTH = 6.3  # inches, the report's text width
HALF = 3.1  # for a single panel: two figures stand side by side
LINE = 0.12  # inches, that of the small print
# Colour and mark both tell a method, so that a grey print can be read. Colour-blind-safe
# (Wong 2011, with dark grey).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#404040", "#8B6F00")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
Look = dict[str, Any]  # properties of a line, as matplotlib takes them
REFERENCE: Look = {"color": "black", "marker": "*"}
DASHES = ("-", "--", "-.", ":", "-", "--", "-.", ":")


def panels(
    rows: int, columns: int, height: float, *, width: float = WIDTH, **shared: Any
) -> tuple[Figure, np.ndarray]:
    """An empty figure of so many inches, and its panels (rows, columns), in our defaults.

    `shared` says which axes panels share (`sharex`, `sharey`), as matplotlib's `subplots` takes it.
    """
    apply()
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **shared)


def apply() -> None:
    """Set the defaults of every figure, whatever the user's own matplotlibrc says."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(THEME)  # type: ignore[arg-type]
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


def label(title: str, shown: Sized) -> str:
    """A title for the legend, which says so if nothing is shown."""
    return title if len(shown) else f"{title} (absent)"


def absent(axes: Axes, text: str = "absent") -> None:
    """Say in the middle of a panel that there is nothing to be drawn."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")


def looks(tables: Tables) -> dict[str, Look]:
    """Colour, mark and dash of each method of a figure, and the reference's black star."""
    return {**looks_of(tables.methods, tables.places), "reference": REFERENCE}


def looks_of(names: Sequence[str], wanted: Mapping[str, int] | None = None) -> dict[str, Look]:
    """Colour, mark and dash of each name: those it wants, or the first that no other has."""
    numbers: dict[str, int] = {}
    for name in names:
        number = (wanted or {}).get(name)
        if number is not None and number not in numbers.values():
            numbers[name] = number
    free = (n for n in range(len(names) + len(numbers)) if n not in numbers.values())
    return {name: look(numbers[name] if name in numbers else next(free)) for name in names}


def look(number: int) -> Look:
    """The look with a number, from 0."""
    n = number % len(COLOURS)
    # From the ninth on colours come again, with other marks.
    mark = (number + number // len(COLOURS)) % len(MARKS)
    return {"color": COLOURS[n], "marker": MARKS[mark], "linestyle": DASHES[n]}


def bars(
    axes: Axes, x: ArrayLike, y: ArrayLike, ends: np.ndarray | None, label: str, look: Look
) -> None:
    """A curve of values y (n,) with intervals; `ends` (2, n) are lengths below and above."""
    if ends is not None and axes.get_yscale() == "log":
        ends[0] = np.minimum(ends[0], 0.999 * np.abs(y))
    axes.errorbar(x, y, yerr=ends, label=label, markersize=4.5, linewidth=1.2, elinewidth=1,
                  capsize=2, **look)  # fmt: skip


def lengths(ends: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Lengths (n, 2) below and above as bars take them (2, n); unknown ones are not drawn."""
    return np.nan_to_num(np.array(ends, float).reshape(-1, 2).T)


def interval_lengths(intervals: Iterable[Interval]) -> np.ndarray:
    """Lengths (2, n) of intervals below and above their means, as bars take them."""
    return lengths([(i.mean - i.low, i.high - i.mean) for i in intervals])


def paper(mark: str) -> Look:
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
    handles: dict[str, Artist] = {}
    for axes in figure.axes:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(list(handles.values()), list(handles), loc="outside lower center",
                  ncols=columns, fontsize=size)  # fmt: skip


def stamp(figure: Figure, made_of: str) -> None:
    """Say in small print above the panels what a figure is drawn from; it grows by the line."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + LINE)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, height / (height + LINE)))
    figure.text(0.995, 0.996, made_of, size=5, color="#707070", ha="right", va="top")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as the suffix says, without dates, whole or not at all."""
    dates = {".pdf": {"CreationDate": None}, ".png": {"Software": None}}[path.suffix]
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], metadata=dates, dpi=150)
    write_whole(path, buffer.getvalue())
