"""Tables of the original papers with ours beside them, as LaTeX.

The papers' values are those of config/published.yaml; ours are macros of numbers.tex.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.evidence import Evidence
from brainside.analysis.published import Entry, layer_shares, orders, read_published
from brainside.analysis.statistics import interval
from brainside.archive.digests import made_of
from brainside.study.plotdata import plotdata
from brainside.study.study import Study


def layer_results(entry: Entry, drawn: pd.DataFrame, absent: str) -> Iterator[tuple[str, str]]:
    """Name and text of ours for every layer of a table: sizes, and shares kept with intervals."""
    for name, rows in layer_shares(entry, drawn).items():
        place = f"{entry['task']}/{entry['method']}/{entry['budget']:.4g}/layer/{name}"
        for size in ("weights", "multiply_adds"):
            label = size.replace("_", "-")
            yield f"{place}/{label}", f"{rows[size].iloc[0]:,}" if len(rows) else absent
            kept = rows[f"kept_{size}" if size == "multiply_adds" else "kept"] / rows[size]
            share = interval(100 * kept.to_numpy(float)) if len(rows) else None
            yield f"{place}/{label}-kept", f"{share.mean:.1f}" if share else absent
            known = share is not None and not np.isnan(share.low)
            ends = f"{share.low:.1f}--{share.high:.1f}" if known else absent
            yield f"{place}/{label}-kept/interval", ends


def order_results(name: str, entry: Entry, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Name and text of how many orders are the paper's, the opposite, or undecided."""
    pairs = [(here, paper) for here, paper in orders(entry, evidence).values() if here and paper]
    count = Counter("open" if h == "±" else "same" if h == p else "opposite" for h, p in pairs)
    for kind in ("same", "opposite", "open"):
        yield f"{name}/orders/{kind}", str(count[kind])
    yield f"{name}/orders/all", str(len(pairs))


def tables(study: Study) -> dict[str, str]:
    """The LaTeX tables of a study by their names."""
    found, evidence = read_published(study.name), Evidence(study)
    there = {(sweep.task, sweep.method, b) for sweep in study.sweeps for b in sweep.budgets}
    made = {name: (_layers(e), [e["method"]], [e["task"]]) for name, e in found["layers"].items()}
    made |= {
        name: (_errors(study, e, there, orders(e, evidence)), e["methods"], list(e["rows"]))
        for name, e in found["errors"].items()
    }
    return {
        name: f"{text}\n\\smallprint{{{made_of(_files(study, methods, tasks))}}}\n"
        for name, (text, methods, tasks) in made.items()
    }


def _files(study: Study, methods: list[str], tasks: list[str]) -> Iterator[Path]:
    """What a table is made of: records, and plot data by layer."""
    for sweep in study.sweeps:
        if sweep.method in methods and sweep.task in tasks:
            yield sweep.path
    for job in plotdata(study):
        named = job.sweep.method in methods and job.sweep.task in tasks
        if job.kind == "layers" and named:
            yield job.path


def _theirs(value: Any, confidence: str) -> str:
    """A paper's value as TeX; what is not confirmed must look so."""
    shown = "?" if value is None else f"{value:.2f}" if isinstance(value, float) else f"{value}"
    return rf"\unconfirmed{{{shown}}}" if confidence == "unconfirmed" else shown


def _layers(entry: Entry) -> str:
    place = f"{entry['task']}/{entry['method']}/{entry['budget']:.4g}/layer"
    lines = [LAYERS_HEAD]
    for name, row in entry["rows"].items():
        ours = [
            rf"\result{{{place}/{name}/{measure}}}"
            for measure in ("weights", "multiply-adds", "weights-kept", "weights-kept/interval",
                            "multiply-adds-kept")
        ]  # fmt: skip
        paper = [
            _theirs(row[field], entry["confidence"])
            for field in ("weights", "operations", "kept", "left")
        ]
        cells = [row["layer"], ours[0], paper[0], ours[1], paper[1], ours[2], ours[3], paper[2],
                 ours[4], paper[3]]  # fmt: skip
        lines += [r"\midrule"] if name == "total" else []
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, FOOT])


def _errors(study: Study, entry: Entry, there: set[tuple[str, str, float]], order: Mapping) -> str:
    methods = entry["methods"]
    titles = [study.config["methods"][method]["title"] for method in methods]
    lines = [ERRORS_HEAD % len(methods), " & ".join(["task", "", *titles]) + r" \\", r"\midrule"]
    for task, values in entry["rows"].items():
        cells = [(task, method, entry["budget"]) for method in methods]
        if not there.isdisjoint(cells):
            *shown, space = _task_lines(task, cells, values, entry["confidence"], there)
            signs = [order.get((task, method)) for method in methods]
            lines += [*shown, _order_line(signs, entry), space]
    return "\n".join([*lines[:-1], FOOT])


def _task_lines(
    task: str, cells: list, values: list, confidence: str, there: set[tuple[str, str, float]]
) -> list[str]:
    """Ours, its interval and the paper's value, a line each."""
    places = [rf"{t}/{m}/{b:.4g}/test-error" if (t, m, b) in there else None for t, m, b in cells]
    ours = [rf"\result{{{place}}}" if place else "--" for place in places]
    ends = [rf"{{\tiny\result{{{place}/interval}}}}" if place else "" for place in places]
    paper = [_theirs(value, confidence) for value in values or [None] * len(cells)]
    source = r"\unconfirmed{paper, from memory}" if confidence == "unconfirmed" else "paper"
    rows = [
        [rf"\texttt{{{task}}}", "here", *ours],
        ["", r"{\tiny 95\,\%}", *ends],
        ["", source, *paper],
    ]
    return [*(" & ".join(row) + r" \\" for row in rows), r"\addlinespace"]


def _order_line(signs: list[tuple[str, str] | None], entry: Entry) -> str:
    """Ours and the paper's order of each method and the one that all are compared with."""
    cells = [
        f"{_sign(pair[0]) or '--'} {_theirs(_sign(pair[1]) or None, entry['confidence'])}"
        if pair
        else ""
        for pair in signs
    ]
    return " & ".join(["", "order", *cells]) + r" \\"


def _sign(sign: str) -> str:
    return {"+": "$+$", "-": "$-$", "±": r"$\pm$", "": ""}[sign]


ERRORS_HEAD = r"""\begin{tabular}{@{}ll*{%d}{>{\raggedleft\arraybackslash}p{15mm}}@{}}
\toprule"""
LAYERS_HEAD = r"""\begin{tabular}{@{}lrrrrrlrrr@{}}
\toprule
& \multicolumn{2}{c}{weights} & mult.-adds & operations & \multicolumn{3}{c}{weights kept (\%)}
& \multicolumn{2}{c}{operations left (\%)} \\
\cmidrule(lr){2-3} \cmidrule(lr){6-8} \cmidrule(l){9-10}
layer & here & paper & here & paper & here & 95\,\% interval & paper & here & paper \\
\midrule"""
FOOT = r"""\bottomrule
\end{tabular}"""
