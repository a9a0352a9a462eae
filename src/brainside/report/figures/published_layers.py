"""Share of each layer that a pruned network keeps, beside what a paper says: a panel a table."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis import published
from brainside.analysis.readings import Tables
from brainside.analysis.statistics import interval
from brainside.report.figures import style

READS = ("plotdata", "published")
SHARES = {
    "weights": ("kept", "kept", "weights kept", "o", "#0072B2"),
    "multiply_adds": ("kept_multiply_adds", "left", "multiply-adds left", "s", "#D55E00"),
}


def draw(tables: Tables, entries: list[str]) -> Figure:
    """Draw tables of config/published.yaml by name; ours from plot data `layers`.

    The paper's operations also skip activations that are zero; ours are by weights alone.
    """
    style.apply()
    known = published.read_published(tables.study)["layers"]
    figure = Figure(figsize=(style.WIDTH, 3.0), layout="constrained")
    row = figure.subplots(1, len(entries), squeeze=False, sharey=True)[0]
    for axes, name in zip(row, entries, strict=True):
        shares = published.layer_shares(known[name], tables.plotdata)
        for place, column in enumerate(SHARES):
            _marks(axes, known[name], shares, column, 0.2 * place - 0.1)
        labels = [each["layer"] for each in known[name]["rows"].values()]
        axes.set_xticks(range(len(labels)), labels)
        axes.set(xlabel="layer", title=known[name]["task"], yscale="log")
        style.plain_numbers(axes.yaxis)
    row[0].set_ylabel("of the layer (%)")
    style.legend(figure, columns=2)
    return figure


def _marks(
    axes: Axes, entry: dict, shares: dict[str, pd.DataFrame], column: str, shift: float
) -> None:
    kept, theirs, title, mark, colour = SHARES[column]
    found = {
        place + shift: interval((100 * rows[kept] / rows[column]).to_numpy(float))
        for place, rows in enumerate(shares.values())
        if len(rows)
    }
    means = [each.mean for each in found.values()]
    ends = [(each.mean - each.low, each.high - each.mean) for each in found.values()]
    label = title if found else f"{title} (absent)"
    style.bars(axes, list(found), means, style.lengths(ends), label,
               {"marker": mark, "color": colour, "linestyle": "none"})  # fmt: skip
    paper = [row[theirs] for row in entry["rows"].values()]
    label = f"{title}, paper ({entry['confidence']})"
    axes.plot([n + shift for n in range(len(paper))], paper, label=label, **style.paper(mark))
