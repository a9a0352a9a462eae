"""Test error against what is learned, of arms that each have a whole network of their own."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.proportions import proportions
from brainside.analysis.readings import Tables
from brainside.analysis.statistics import interval
from brainside.base.errors import Refused
from brainside.report.figures.shared import appearance, errorbars, style
from brainside.report.figures.shared.names import Method

READS = ("rows",)


def draw(tables: Tables, *, baselines: Sequence[Method]) -> Figure:
    """Draw a panel per task: a curve per arm, which ends at its whole network at 100 %.

    `baselines` has the whole network's method of each of the other methods, in their order. Means
    with 95 % intervals of seeds, and every seed. Raises Refused where they are not as many.
    """
    arms = [method for method in tables.methods if method not in baselines]
    if len(arms) != len(baselines):
        raise Refused(f"figure: {len(baselines)} baselines for {len(arms)} methods: {arms}")
    tasks = list(tables.titles)
    figure, grid = style.panels(len(tasks), 1, 2.1 * len(tasks) + 0.2, width=style.width(1))
    for axes, task in zip(grid.flat, tasks, strict=True):
        _panel(axes, tables, task, dict(zip(arms, baselines, strict=True)))
    style.legend(figure)
    return figure


def curves(rows: pd.DataFrame, baselines: dict[str, str]) -> dict[str, pd.DataFrame]:
    """A task's rows by arm, with their proportion in percent; the baseline's have 100."""
    learned = rows.assign(proportion=100 * proportions(rows))
    return {
        arm: pd.concat([
            learned[learned["method"] == arm],
            learned[learned["method"] == baseline].assign(proportion=100.0),
        ])
        for arm, baseline in baselines.items()
    }  # fmt: skip


def _panel(axes: Axes, tables: Tables, task: str, baselines: dict[str, str]) -> None:
    rows = tables.rows[tables.rows["task"] == task]
    titles, looks = tables.titles[task], appearance.looks(tables)
    for number, (arm, points) in enumerate(curves(rows, baselines).items()):
        points = points.assign(at=points["proportion"] + 0.8 * (number - len(baselines) / 2))
        groups = points.groupby("at")["test_error"]
        intervals = [interval(100 * errors.to_numpy(float)) for _, errors in groups]
        means, ends = np.array([i.mean for i in intervals]), errorbars.interval_lengths(intervals)
        errorbars.bars(axes, np.sort(points["at"].unique()), means, ends,
                       style.label(titles[arm], points), looks[arm])  # fmt: skip
        axes.scatter(points["at"], 100 * points["test_error"], s=7, color=looks[arm]["color"],
                     alpha=0.6, linewidth=0, zorder=3)  # fmt: skip
    axes.set(title=task, ylabel="test error (%)", xlabel="learned of the predicted layers (%)")
    axes.set_xticks([25, 50, 75, 100])
