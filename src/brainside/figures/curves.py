"""Columns of the records against the share of weights deleted: a panel a task and column."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.figures import style
from brainside.figures.tables import Tables
from brainside.statistics import interval

LABELS = {
    "test_error": "test error (%)",
    "train_error": "training error (%)",
    "train_loss": "training loss",
    "test_loss": "test loss",
    "predicted_increase": "predicted",
    "actual_increase": "actual",
    "dead_units": "dead units",
    "connected_inputs": "inputs that are read",
}


def draw(
    tables: Tables, columns: list[str | list[str]], label: str | None = None, scale: str = "log"
) -> Figure:
    """Draw a row of panels a task; several columns in one panel are told apart by their dashes.

    `label` is the vertical axis of panels with several columns, `scale` that of every panel.
    """
    style.apply()
    tasks = list(tables.titles)
    figure = Figure(figsize=(style.WIDTH, 2.9 * len(tasks) + 0.7), layout="constrained")
    grid = figure.subplots(len(tasks), len(columns), squeeze=False)
    for row, task in zip(grid, tasks, strict=True):
        for axes, names in zip(row, columns, strict=True):
            together = [names] if isinstance(names, str) else names
            axes.set_yscale(scale)
            _panel(axes, tables, task, together)
            single = LABELS.get(together[0], together[0].replace("_", " "))
            axes.set(xlabel="weights deleted (%)", title=task)
            axes.set_ylabel(label if len(together) > 1 and label else single)
    style.legend(figure, columns=2)
    return figure


def _panel(axes: Axes, tables: Tables, task: str, columns: list[str]) -> None:
    looks = style.looks(tables.methods)
    for method, title in tables.titles[task].items():
        rows = tables.rows[(tables.rows["task"] == task) & (tables.rows["method"] == method)]
        for place, column in enumerate(columns):
            name = f"{title}, {LABELS.get(column, column)}" if len(columns) > 1 else title
            if method != "reference":
                look = {**looks[method], "linestyle": ("-", "--", ":")[place]}
                _curve(axes, rows, column, name, look)
            elif len(columns) == 1 and len(rows):
                level = _percent(column) * rows[column].mean()
                axes.axhline(level, color="black", linewidth=1, label=name)


def _curve(axes: Axes, rows: pd.DataFrame, column: str, name: str, look: dict) -> None:
    there = column in rows and rows[column].notna().any()
    by_budget = rows.groupby("budget")[column] if there else []
    found = [(budget, interval(values.to_numpy(float))) for budget, values in by_budget]
    deleted = [100 * (1 - budget) for budget, _ in found]
    factor = _percent(column)
    means = np.array([factor * each.mean for _, each in found])
    ends = np.array([[factor * (e.mean - e.low), factor * (e.high - e.mean)] for _, e in found])
    bars = np.nan_to_num(ends.T) if len(found) else None
    style.bars(axes, deleted, means, bars, name if there else f"{name} (absent)", look)


def _percent(column: str) -> float:
    return 100.0 if column.endswith("_error") else 1.0
