"""What a supernet says of some widths against what training them from scratch gives."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis.readings import Tables
from brainside.analysis.statistics import rank_correlation
from brainside.report.figures.shared import appearance, style
from brainside.report.figures.shared.names import Range

READS = ("rows",)
COLUMNS = ["task", "method", "seed", "budget", "supernet_loss", "valid_error"]


def draw(tables: Tables, between: Range = (0, 1)) -> Figure:
    """Draw a panel per task, a mark per network, a colour per seed's supernet.

    The title has the rank correlation within supernets, for methods with enough networks per
    supernet. Only networks with budgets `between` two are drawn: a correlation over large and
    small ones is easily high.
    """
    tasks, looks = list(tables.titles), appearance.looks(tables)
    figure, (panels,) = style.panels(1, len(tasks), 2.3)
    rows = tables.rows.reindex(columns=COLUMNS).dropna()
    rows = rows[rows["budget"].between(*between)]
    for axes, task in zip(panels, tasks, strict=True):
        lines = [task]
        for method, title in tables.titles[task].items():
            if method != "reference":
                networks = rows[(rows["task"] == task) & (rows["method"] == method)]
                _points(axes, networks, title, looks[method]["marker"])
                lines += _correlation(title, networks)
        axes.set_title("\n".join(lines), loc="left", fontsize=6)
        axes.set(xlabel="supernet's loss on images kept apart")
        axes.set_ylabel("validation error, from scratch (%)")
    style.legend(figure)
    return figure


def _points(axes: Axes, rows: pd.DataFrame, title: str, marker: str) -> None:
    """Draw a method's networks; in the legend its mark is grey, and a supernet's is a bar."""
    axes.scatter([], [], label=style.label(title, rows), s=14, marker=marker, color="#808080")
    for seed in sorted(set(map(int, rows["seed"]))):
        networks, colour = rows[rows["seed"] == seed], appearance.COLOURS[seed % 8]
        axes.scatter(networks["supernet_loss"], 100 * networks["valid_error"], s=14, marker=marker,
                     color=colour)  # fmt: skip
        axes.plot([], [], color=colour, linewidth=4, label=f"supernet of seed {seed}")


def _correlation(title: str, rows: pd.DataFrame) -> list[str]:
    """Spearman's ρ within supernets, in two lines; none if networks are too few for an interval."""
    losses, errors = (rows[name].to_numpy(float) for name in ("supernet_loss", "valid_error"))
    rho = rank_correlation(losses, errors, rows["seed"].tolist())
    if not rho.low < rho.high:
        return []
    return [f"{title}, n = {rho.n}:", f"ρ = {rho.mean:.2f} [{rho.low:.2f}, {rho.high:.2f}]"]
