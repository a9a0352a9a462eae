"""Differences between methods along the budgets, paired by seed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from brainside.analysis.readings import Tables
from brainside.analysis.statistics import interval
from brainside.report.figures.shared import appearance, errorbars, scales, style


def differences(rows: pd.DataFrame, method: str, against: str) -> pd.DataFrame:
    """Error of a method minus another's in points, by seed (rows) and budget (columns)."""
    ours, theirs = (
        rows[rows["method"] == name].pivot(index="seed", columns="budget", values="test_error")
        for name in (method, against)
    )
    return (100 * (ours - theirs)).dropna(how="all").dropna(axis="columns", how="all")


def panel(axes: Axes, tables: Tables, task: str, against: str, labels: Mapping[str, str]) -> None:
    """Draw a task's differences from the method `against`; `labels` by method are the legend's."""
    rows, looks = tables.rows[tables.rows["task"] == task], appearance.looks(tables)
    methods = [m for m in tables.titles[task] if m not in ("reference", against)]
    shown: set[float] = set()
    for number, method in enumerate(methods):
        points = differences(rows, method, against)
        at = points.columns.to_numpy(float) * 1.03 ** (number - (len(methods) - 1) / 2)
        intervals = [interval(points[budget].dropna().to_numpy(float)) for budget in points]
        means, ends = np.array([i.mean for i in intervals]), errorbars.interval_lengths(intervals)
        errorbars.bars(axes, at, means, ends, labels[method], looks[method])
        for _, seed in points.iterrows():
            axes.scatter(at, seed, s=4, color=looks[method]["color"], alpha=0.6, linewidth=0,
                         zorder=3)  # fmt: skip
        shown |= set(points.columns.to_numpy(float))
    axes.axhline(0, color="black", linewidth=1)
    axes.set(title=task, xlabel="budget")
    if not shown:
        style.absent(axes, "no pairs yet")
        return
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sorted(shown), scales.fractions(sorted(shown), 5))
    axes.tick_params(axis="x", labelsize=6)
