"""Test error against bits per reference weight: as stored, and as coded best.

The second panel shows each method's Pareto front: the files, of any budget, codec and setting, for
which no other file of the method is both as small and as good on validation images.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.rate_distortion import front
from brainside.analysis.readings import Tables
from brainside.report.figures.shared import appearance, scales, style
from brainside.report.figures.shared.names import Codec

READS = ("codings",)


def draw(tables: Tables, raw: Codec = "raw") -> Figure:
    """Draw one study, a row per task; `raw` is the codec of the first panel."""
    tasks = list(tables.titles)
    height = 2.0 * len(tasks) + 0.1
    figure, grid = style.panels(len(tasks), 2, height, sharey="row", sharex="row")
    for (left, right), task in zip(grid, tasks, strict=True):
        cells = tables.codings[(tables.codings["task"] == task) & (tables.codings["n"] > 0)]
        _panel(left, tables, task, cells[cells["codec"] == raw])
        _panel(right, tables, task, cells)
        left.set(ylabel=f"{task}\ntest error (%)", title=f"as stored ({raw})")
        right.set(title="best of all codecs")
        for axes in (left, right):
            axes.set_xlabel("bits per weight of the reference")
            scales.plain_numbers(axes.xaxis)
    style.legend(figure)
    return figure


def _panel(axes: Axes, tables: Tables, task: str, cells: pd.DataFrame) -> None:
    looks = appearance.looks(tables)
    coded = tables.codings.loc[tables.codings["n"] > 0, "method"]
    for method, title in tables.titles[task].items():
        best = front(cells[cells["method"] == method], "bits_per_weight")
        label = style.label(title, coded[coded == method])
        axes.plot(best["bits_per_weight"], 100 * best["test_error"], label=label, markersize=3.5,
                  linewidth=1, **looks[method])  # fmt: skip
    scales.log_log(axes, cells)
