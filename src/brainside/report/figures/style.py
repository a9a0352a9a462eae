"""What all figures share: sizes, colours and marks by method, deterministic files."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn
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

matplotlib.use("Agg")

WIDTH = 6.3  # inches, the report's text width
HALF = 3.1  # for a single panel: two figures stand side by side
SMALL = 6  # points: no text is smaller, and the report shows figures in their own size
LINE = 0.12  # inches, that of the small print
# Colour and mark both tell a method, so that a grey print can be read. Colour-blind-safe
# (Wong 2011, with dark grey).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#404040", "#8B6F00")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
SPARE_MARKS = (">", "p", "h", "d")  # of methods that LOOKS does not name
DASHES = ("-", "--", "-.", ":", "-", "--", "-.", ":")
FEWEST = 3  # seeds whose interval is drawn
Look = dict[str, Any]  # properties of a line, as matplotlib takes them
REFERENCE: Look = {"color": "black", "marker": "*"}
# The look of every method, in all figures and in both studies: its colour, and below it its mark.
# Methods that share one are in no figure and on no task together; those of a figure differ in both.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "#0072B2": {
        "o": (
            "denil-random-places denil-more-of-convolutions magnitude-l2 magnitude-deletion "
            "magnitude-slim magnitude"
        ),
        "s": "qat-1 obs-deletion",
        "^": "spectral-magnitude",
        "D": "random-edges-wide rate-aware-dozen",
        "v": "magnitude-steps han",
        "P": "denil magnitude-deletion-minimum",
        "X": "spectral-sampled-absolute",
        "<": "denil-random-filters spectral-magnitude-deletion",
    },
    "#D55E00": {
        "o": "spectral-leverage-deletion l2-retrained",
        "s": "denil-empirical denil-weak-decay rate-rewinding obd obd-deletion",
        "^": "spectral-leverage-steps",
        "D": "spectral-leverage",
        "v": "rate-aware",
        "P": "grasp",
        "X": "denil-only-first obd-deletion-minimum obd-dozen",
        "<": "qat-2",
    },
    "#009E73": {
        "o": "small-dense-equal-epochs reference-float32",
        "s": "hashednet-float32",
        "^": (
            "hashednet hashed-expanded-2 denil-connections denil-combined-36 "
            "lottery-shuffled obd-deletion-lm reference-96 spectral-absolute autoslim"
        ),
        "D": "denil-96 hubs-monarch",
        "v": "snip",
        "P": "qat-3",
        "X": "hubs-300",
        "<": "obd-dozen-layers spectral-absolute-deletion obd-as-run",
    },
    "#CC79A7": {
        "o": "qat-4",
        "s": "hubs",
        "^": "synflow",
        "D": (
            "small-dense hashed-expanded-1 denil-half-width denil-36 "
            "denil-random-ten-columns reference-minimum spectral-variance-steps "
            "uniform-slim"
        ),
        "v": "low-rank-wide lottery-reinitialised",
        "P": "spectral-variance-deletion",
        "X": "denil-raw l1-cut spectral-variance",
        "<": "reference-longer popup-wide",
    },
    "#56B4E9": {
        "o": "rate-aware-high",
        "s": "rate-aware-low",
        "^": "gradual random-prune-layers",
        "D": "hashednet-equal-epochs",
        "v": (
            "small-conv hashed-expanded-4 denil-longer obd-deletion-gauss-newton-minimum "
            "spectral-degree-steps supernet"
        ),
        "P": "spectral-degree",
        "X": "hashednet-dk fine-tuning",
        "<": "spectral-degree-deletion",
    },
    "#E69F00": {
        "o": "denil-random svd",
        "s": "obd-dozen-probe reference-bf16",
        "^": "units",
        "D": "hubs-low-rank",
        "v": "random-edges",
        "P": (
            "random-prune hashed-expanded-8 denil-raw-slow denil-random-hidden "
            "denil-stratified l2-cut obd-deletion-probe random-slim"
        ),
        "X": "spectral-sampled-deletion spectral-sampled",
        "<": "random-deletion",
    },
    "#404040": {
        "o": "magnitude-none spectral-sparsifier-deletion",
        "s": "obc",
        "^": "spectral-sparsifier",
        "D": "denil-dense-start lottery hubs-32",
        "v": "denil-low-rank",
        "P": "denil-only-third magnitude-dozen hubs-random",
        "X": (
            "as-run-magnitude denil-ten-columns denil-only-connected magnitude-l1 obd-steps "
            "reference-l1 reference-36 uniform-weights"
        ),
        "<": "low-rank",
    },
    "#8B6F00": {
        "o": "dark-knowledge",
        "s": "spectral-sparsifier-absolute-deletion",
        "^": "denil-one-column spectral-sparsifier-absolute",
        "D": "obd-dozen-exact",
        "v": "obc-deletion",
        "P": "popup",
        "X": "magnitude-one-shot",
        "<": (
            "as-run-obd hashed-expanded-16 denil-autoencoder denil-only-second l1-retrained "
            "magnitude-weights obd-equal-settings obd-deletion-gauss-newton "
            "reference-weak-decay spectral"
        ),
    },
}


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
    seaborn.set_theme(context="paper", style="ticks", font="DejaVu Sans")
    matplotlib.rcParams |= {
        **dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize"), 7.5),
        **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 6.5),
        **dict.fromkeys(("xtick.major.size", "ytick.major.size", "legend.handlelength"), 3),
        **dict.fromkeys(("xtick.minor.size", "ytick.minor.size"), 1.5),
        **dict.fromkeys(("xtick.major.pad", "ytick.major.pad", "axes.labelpad"), 2),
        "axes.grid": True,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.6,
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
    """The look of each method of the study, and the reference's black star."""
    named = {name: Look(color=colour, marker=mark, linestyle=DASHES[COLOURS.index(colour)])
             for colour, marks in LOOKS.items()
             for mark, names in marks.items()
             for name in names.split()}  # fmt: skip
    return {**_spare(tables, named), **named, "reference": REFERENCE}


def _spare(tables: Tables, named: Mapping[str, Look]) -> dict[str, Look]:
    """Looks of the study's methods without one: the colour that they want, and a spare mark."""
    found: dict[str, Look] = {}
    free = [(colour, mark) for mark in SPARE_MARKS for colour in range(len(COLOURS))]
    wishes = {**dict.fromkeys(tables.methods), **tables.places}
    for name, wanted in wishes.items():
        if name not in named and name != "reference":
            place = next((p for p in free if wanted in (None, p[0])), free[0])
            free = [p for p in free if p != place] or [place]
            colour, mark = place
            found[name] = {**look(colour), "marker": mark}
    return found


def look(number: int) -> Look:
    """A look for what is no method, by its number from 0."""
    n = number % len(COLOURS)
    return {"color": COLOURS[n], "marker": MARKS[n], "linestyle": DASHES[n]}


def bars(
    axes: Axes, x: ArrayLike, y: ArrayLike, ends: np.ndarray | None, label: str, look: Look
) -> None:
    """A curve of values y (n,) with intervals; `ends` (2, n) are lengths below and above."""
    if ends is not None and axes.get_yscale() == "log":
        ends[0] = np.minimum(ends[0], 0.999 * np.abs(y))
    axes.errorbar(x, y, yerr=ends, label=label, markersize=3.5, linewidth=1, elinewidth=0.8,
                  capsize=1.5, **look)  # fmt: skip


def lengths(ends: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Lengths (n, 2) below and above as bars take them (2, n); unknown ones are not drawn."""
    return np.nan_to_num(np.array(ends, float).reshape(-1, 2).T)


def interval_lengths(intervals: Iterable[Interval]) -> np.ndarray:
    """Lengths (2, n) of intervals below and above their means, as bars take them.

    Student's interval of two seeds is 18 times their distance; two are shown by their dots alone.
    """
    return lengths([(i.mean - i.low, i.high - i.mean) if i.n >= FEWEST else (0, 0)
                    for i in intervals])  # fmt: skip


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


def legend(figure: Figure) -> None:
    """One legend below the panels, with every label once; the figure grows by its lines."""
    handles: dict[str, Artist] = {}
    for axes in figure.axes:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    widest = 0.45 + 0.047 * max(map(len, handles), default=1)  # inches, of a label with its line
    columns = max(1, min(int(figure.get_figwidth() / widest), len(handles)))
    size = figure.get_size_inches()
    figure.set_size_inches(size[0], size[1] + 0.125 * -(-len(handles) // columns))
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=columns,
                  columnspacing=1.2, borderpad=0.1)  # fmt: skip


def stamp(figure: Figure, made_of: str) -> None:
    """Say in small print above the panels what a figure is drawn from; it grows by the line."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + LINE)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, height / (height + LINE)))
    figure.text(0.995, 0.996, made_of, size=SMALL, color="#707070", ha="right", va="top")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as the suffix says, without dates, whole or not at all."""
    dates = {".pdf": {"CreationDate": None}, ".png": {"Software": None}}[path.suffix]
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], metadata=dates, dpi=150)
    write_whole(path, buffer.getvalue())
