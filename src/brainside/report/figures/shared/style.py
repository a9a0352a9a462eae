"""What all figures share: sizes, defaults, legends, small print, deterministic files."""

import io
from collections.abc import Sized
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from brainside.base.files import write_whole

matplotlib.use("Agg")

WIDTH = 6.3  # inches, the report's text width
HALF = 3.1  # for a single panel: two figures stand side by side
SMALL = 6  # points: no text is smaller, and the report shows figures in their own size
LINE = 0.12  # inches, that of the small print


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


def width(panels: int) -> float:
    """Inches of a figure with so many panels side by side."""
    return WIDTH if panels > 1 else HALF


def label(title: str, shown: Sized) -> str:
    """A title for the legend, which says so if nothing is shown."""
    return title if len(shown) else f"{title} (absent)"


def absent(axes: Axes, text: str = "absent") -> None:
    """Say in the middle of a panel that there is nothing to be drawn."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")


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
