"""Share of each layer that a pruned network keeps, beside what a paper says: a panel per table."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainside.analysis import published
from brainside.analysis.readings import Tables
from brainside.analysis.statistics import interval
from brainside.report.figures.shared import appearance, errorbars, scales, style
from brainside.report.figures.shared.names import LayerTable

READS = ("plotdata", "published")
SHARES = {
    "weights": ("kept", "kept", "weights kept", "o", "#0072B2"),
    "multiply_adds": ("kept_multiply_adds", "left", "multiply-adds left", "s", "#D55E00"),
}


def draw(tables: Tables, entries: list[LayerTable]) -> Figure:
    """Draw tables of config/published.yaml by name; ours from plot data `layers`.

    The paper's operations also skip activations that are zero; ours are by weights alone.
    """
    known = published.read_published(tables.study)["layers"]
    figure, (panels,) = style.panels(1, len(entries), 2.0, sharey=True)
    for axes, name in zip(panels, entries, strict=True):
        shares = published.layer_shares(known[name], tables.plotdata)
        for number, column in enumerate(SHARES):
            _marks(axes, known[name], shares, column, 0.2 * number - 0.1)
        labels = [row["layer"] for row in known[name]["rows"].values()]
        axes.set_xticks(range(len(labels)), labels)
        axes.set(xlabel="layer", title=known[name]["task"], yscale="log")
        scales.plain_numbers(axes.yaxis)
    panels[0].set_ylabel("of the layer (%)")
    style.legend(figure)
    return figure


def _marks(
    axes: Axes,
    entry: published.Entry,
    shares: dict[str, pd.DataFrame],
    column: str,
    shift: float,
) -> None:
    kept, theirs, title, mark, colour = SHARES[column]
    intervals = {
        layer + shift: interval((100 * rows[kept] / rows[column]).to_numpy(float))
        for layer, rows in enumerate(shares.values())
        if len(rows)
    }
    means = [i.mean for i in intervals.values()]
    ends = errorbars.interval_lengths(intervals.values())
    errorbars.bars(axes, list(intervals), means, ends, style.label(title, intervals),
                   {"marker": mark, "color": colour, "linestyle": "none"})  # fmt: skip
    paper = [row[theirs] for row in entry["rows"].values()]
    label = f"{title}, paper ({entry['confidence']})"
    axes.plot([n + shift for n in range(len(paper))], paper, label=label, **appearance.paper(mark))
