"""What a supernet says of some widths against what training them from scratch gives."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.analysis.statistics import rank_correlation
from brainside.report.figures import style

READS = ("rows",)
COLUMNS = ["task", "method", "seed", "budget", "supernet_loss", "valid_error"]


def draw(tables: Tables, between: tuple[float, float] = (0, 1)) -> Figure:
    """Draw a panel a task, a mark a network, a colour a seed's supernet.

    The rank correlation within supernets is told of each method that has enough networks a
    supernet. Networks are those whose budgets are between two: the correlation of large ones with
    small ones is easily high.
    """
    style.apply()
    tasks, looks = list(tables.titles), style.looks(tables)
    figure = Figure(figsize=(style.WIDTH, 4.2), layout="constrained")
    rows = tables.rows.reindex(columns=COLUMNS).dropna()
    rows = rows[rows["budget"].between(*between)]
    for axes, task in zip(figure.subplots(1, len(tasks), squeeze=False)[0], tasks, strict=True):
        told = [task]
        for method, title in tables.titles[task].items():
            if method != "reference":
                found = rows[(rows["task"] == task) & (rows["method"] == method)]
                _points(axes, found, title, looks[method]["marker"])
                told += _correlation(title, found)
        axes.set_title("\n".join(told), loc="left", fontsize="small")
        axes.set(xlabel="supernet's loss on images kept apart")
        axes.set_ylabel("validation error, from scratch (%)")
    style.legend(figure, columns=2)
    return figure


def _points(axes: Axes, rows: pd.DataFrame, title: str, marker: str) -> None:
    """Draw a method's networks; in the legend the mark of a method is grey, that of none absent."""
    label = title if len(rows) else f"{title} (absent)"
    axes.scatter([], [], label=label, s=22, marker=marker, color="#808080")
    for seed, found in rows.groupby("seed"):
        axes.scatter(
            found["supernet_loss"],
            100 * found["valid_error"],
            s=22,
            marker=marker,
            color=style.COLOURS[int(seed) % 8],
        )


def _correlation(title: str, rows: pd.DataFrame) -> list[str]:
    """Spearman's ρ within supernets, in two lines; none of networks too few for an interval."""
    found = rank_correlation(rows["supernet_loss"], rows["valid_error"], rows["seed"])
    if not found.low < found.high:
        return []
    return [f"{title}, n = {found.n}:", f"ρ = {found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]"]
