"""Tables of the original papers with ours beside them, as LaTeX.

The papers' values are those of config/published.yaml; ours are macros of numbers.tex.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.evidence import Evidence
from brainside.analysis.published import Entry, layer_shares, orders, read_published
from brainside.analysis.statistics import interval
from brainside.analysis.tables import Cell
from brainside.archive.digests import made_of
from brainside.base.budgets import tag
from brainside.report.number import Number, Origin
from brainside.report.tex.latex import ABSENT, MADE, count, row
from brainside.study.plotdata import plotdata
from brainside.study.study import Study

Signs = Mapping[tuple[str, str], tuple[str, str]]  # ours and the paper's, by task and method


def layer_numbers(name: str, entry: Entry, drawn: pd.DataFrame) -> Iterator[Number]:
    """Ours for every layer of the table `name`: sizes, and shares kept with their intervals."""
    origin = Origin("layer", entry["task"], entry["method"], entry["budget"], entry=name)
    for layer, rows in layer_shares(entry, drawn).items():
        for size, kept in (("weights", "kept"), ("multiply_adds", "kept_multiply_adds")):
            prefix = f"{_prefix(entry)}/{layer}/{size.replace('_', '-')}"
            of_size = replace(origin, column=size)
            for ending, text in _share(rows[size], rows[kept]).items():
                yield Number(f"{prefix}{ending}", text, of_size)


def _prefix(entry: Entry) -> str:
    """What the addresses of a table by layer begin with."""
    return f"{entry['task']}/{entry['method']}/{tag(entry['budget'])}/layer"


def _share(sizes: pd.Series, kept: pd.Series) -> dict[str, str]:
    """A layer's size, the share kept in per cent, and its interval, from one row per seed."""
    if sizes.empty:
        return dict.fromkeys(("", "-kept", "-kept/interval"), ABSENT)
    share = interval(100 * (kept / sizes).to_numpy(float))
    ends = ABSENT if np.isnan(share.low) else f"{share.low:.1f}--{share.high:.1f}"
    return {"": count(sizes.iloc[0]), "-kept": f"{share.mean:.1f}", "-kept/interval": ends}


def order_numbers(name: str, entry: Entry, evidence: Evidence) -> Iterator[Number]:
    """How many orders of the table `name` are the paper's, the opposite, or undecided."""
    pairs = [(ours, paper) for ours, paper in orders(entry, evidence).values() if ours and paper]
    count = Counter(
        "open" if ours == "±" else "same" if ours == paper else "opposite" for ours, paper in pairs
    )
    counts = {kind: count[kind] for kind in ("same", "opposite", "open")} | {"all": len(pairs)}
    for kind, total in counts.items():
        yield Number(f"{name}/orders/{kind}", str(total), Origin("order", entry=name))


def files(study: Study) -> dict[str, str]:
    """The LaTeX tables of a study by their names, with small print."""
    known, evidence = read_published(study.name), Evidence(study)
    tables = {name: (_layers(e), [e["method"]], [e["task"]]) for name, e in known["layers"].items()}
    cells = {(sweep.task, sweep.method, b) for sweep in study.sweeps for b in sweep.budgets}
    for name, entry in known["errors"].items():
        text = _errors(study, entry, cells, orders(entry, evidence))
        tables[name] = text, entry["methods"], list(entry["rows"])
    return {
        name: f"{MADE}\n{text}\n\\smallprint{{{made_of(_files(study, methods, tasks))}}}\n"
        for name, (text, methods, tasks) in tables.items()
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
    lines = [LAYERS_HEAD]
    for name, layer in entry["rows"].items():
        ours = [
            rf"\result{{{_prefix(entry)}/{name}/{measure}}}"
            for measure in ("weights", "multiply-adds", "weights-kept", "weights-kept/interval",
                            "multiply-adds-kept")
        ]  # fmt: skip
        paper = [
            _theirs(layer[field], entry["confidence"])
            for field in ("weights", "operations", "kept", "left")
        ]
        cells = [layer["layer"], ours[0], paper[0], ours[1], paper[1], ours[2], ours[3], paper[2],
                 ours[4], paper[3]]  # fmt: skip
        lines += [r"\midrule"] if name == "total" else []
        lines.append(row(cells))
    return "\n".join([*lines, FOOT])


def _errors(study: Study, entry: Entry, cells: set[Cell], order: Signs) -> str:
    methods = entry["methods"]
    titles = [study.titles[method] for method in methods]
    lines = [ERRORS_HEAD % len(methods), row(["task", "", *titles]), r"\midrule"]
    for task, values in entry["rows"].items():
        of_task = [(task, method, entry["budget"]) for method in methods]
        if not cells.isdisjoint(of_task):
            prefixes = [f"{t}/{m}/{tag(b)}" if (t, m, b) in cells else "" for t, m, b in of_task]
            lines += _task_lines(task, prefixes, values, entry["confidence"])
            lines += [_order_line([order.get((task, m)) for m in methods], entry)]
            lines += [r"\addlinespace"]
    return "\n".join([*lines[:-1], FOOT])


def _task_lines(
    task: str, prefixes: list[str], values: list[float], confidence: str
) -> Iterator[str]:
    """Ours, its interval, and the paper's value, a line each; `prefixes` is empty for no cell."""
    ours = [rf"\result{{{prefix}/test-error}}" if prefix else "--" for prefix in prefixes]
    ends = [rf"{{\tiny\result{{{prefix}/test-error/interval}}}}" if prefix else ""
            for prefix in prefixes]  # fmt: skip
    paper = [_theirs(value, confidence) for value in values]
    paper = paper or [_theirs(None, confidence)] * len(prefixes)
    source = r"\unconfirmed{paper, from memory}" if confidence == "unconfirmed" else "paper"
    yield row([rf"\texttt{{{task}}}", "here", *ours])
    yield row(["", r"{\tiny 95\,\%}", *ends])
    yield row(["", source, *paper])


def _order_line(signs: list[tuple[str, str] | None], entry: Entry) -> str:
    """Ours and the paper's order of each method and the one that all are compared with."""
    cells = [
        f"{_sign(pair[0]) or '--'} {_theirs(_sign(pair[1]) or None, entry['confidence'])}"
        if pair
        else ""
        for pair in signs
    ]
    return row(["", "order", *cells])


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
