"""What a supernet says of some widths against what training them from scratch gives."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.figures import style
from brainside.figures.tables import Tables
from brainside.statistics import rank_correlation

COLUMNS = ["task", "method", "budget", "supernet_valid_error", "valid_error"]


def draw(tables: Tables, between: list[float] | None = None) -> Figure:
    """Draw a panel a task, a mark a network, with Spearman's rank correlation of each method.

    `between` are two budgets. The networks between them are filled marks, and their correlation is
    told, too: that of all is also one of small networks with large ones, which is easily high.
    """
    style.apply()
    tasks, looks = list(tables.titles), style.looks(tables.methods)
    figure = Figure(figsize=(style.WIDTH, 4.2), layout="constrained")
    rows = tables.rows.reindex(columns=COLUMNS).dropna()
    for axes, task in zip(figure.subplots(1, len(tasks), squeeze=False)[0], tasks, strict=True):
        told = [task]
        for method, title in tables.titles[task].items():
            if method != "reference":
                found = rows[(rows["task"] == task) & (rows["method"] == method)]
                told += _points(axes, found, title, looks[method], between)
        axes.set_title("\n".join(told), loc="left", fontsize="small")
        axes.set(xlabel="supernet's validation error (%)", ylabel="the same, from scratch (%)")
    style.legend(figure, columns=2)
    return figure


def _points(
    axes: Axes, rows: pd.DataFrame, title: str, look: dict, between: list[float] | None
) -> list[str]:
    """Draw a method's networks; what is to be told of them."""
    inside = rows["budget"].between(*(between or (0, 1)))
    label = title if len(rows) else f"{title} (absent)"
    for found, face in ((rows[inside], look["color"]), (rows[~inside], "none")):
        axes.scatter(
            100 * found["supernet_valid_error"],
            100 * found["valid_error"],
            label=label if face != "none" else None,
            s=22,
            marker=look["marker"],
            edgecolor=look["color"],
            facecolor=face,
        )
    told = [f"{title}: {_correlation(rows)}"]
    return [*told, f"   filled: {_correlation(rows[inside])}"] if between else told


def _correlation(rows: pd.DataFrame) -> str:
    """Spearman's ρ in words; of fewer than four networks there is none worth telling."""
    if len(rows) < 4:
        return f"n = {len(rows)}"
    found = rank_correlation(rows["supernet_valid_error"], rows["valid_error"])
    return f"ρ = {found.mean:.2f} [{found.low:.2f}, {found.high:.2f}], n = {found.n}"
