"""seaborn's theme of every figure, written out: importing seaborn takes as long as drawing one.

They are what `seaborn.set_theme(context="paper", style="ticks", font="DejaVu Sans")` sets, but for
the colours of lines and images, which are ours. A test holds them against seaborn.
"""

from typing import Any

INK = ".15"  # of axes, ticks and text

THEME: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.6,
    "axes.linewidth": 1.0,
    "axes.titlesize": 9.6,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.6,
    "grid.color": ".8",
    "legend.fontsize": 8.8,
    "legend.title_fontsize": 9.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.8,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "patch.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 8.8,
    "xtick.major.size": 4.8,
    "xtick.major.width": 1.0,
    "xtick.minor.size": 3.2,
    "xtick.minor.width": 0.8,
    "ytick.color": INK,
    "ytick.labelsize": 8.8,
    "ytick.major.size": 4.8,
    "ytick.major.width": 1.0,
    "ytick.minor.size": 3.2,
    "ytick.minor.width": 0.8,
}
