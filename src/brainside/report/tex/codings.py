"""The report's numbers and tables of codings, made from the tables of `coding_tables`."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.coding_tables import NETWORK, SETTING, smallest
from brainside.analysis.published import read_published
from brainside.analysis.rate_distortion import EXCESSES
from brainside.analysis.readings import Tables, read_table
from brainside.base.budgets import ratio, share, tag
from brainside.report.number import Number, Origin
from brainside.report.tex.latex import ABSENT, MADE, count, escaped, row
from brainside.study.schema import SmallestFile
from brainside.study.study import Study

# What the codecs of each family have in common, as fields of their entries in the config.
FAMILIES = {
    "deep-compression": {"positions": "relative5-huffman", "values": "kmeans"},
    "adaptive": {"values": "uniform"},
    "nncodec": {"kind": "nnr"},
}
STANDARD = "nncodec"  # the family that the others are compared with
TITLES = {"deep-compression": "Deep Compression", "adaptive": "adaptive",
          "nncodec": "NNCodec"}  # of families, in tables  # fmt: skip
MEASURES = ("setting", "bytes", "rate", "valid-error", "test-error")
Entry = Mapping[str, Any]
Row = Mapping[Hashable, Any]  # of a table
Network = tuple[str, str, float]  # task, method, budget


@dataclass(frozen=True)
class Coded:
    """What numbers and tables of codings are made of.

    `papers` are the entries `sizes` of the published tables, `families` the codecs of each family,
    `uncoded` the mean validation error by network, `asked` the entries `smallest` of the config,
    `titles` those of methods, the others tables of `coding_tables`.
    """

    papers: Sequence[Entry]
    families: Mapping[str, Sequence[str]]
    uncoded: pd.Series
    asked: Mapping[str, SmallestFile]
    titles: Mapping[str, str]
    codings: pd.DataFrame
    layers: pd.DataFrame
    matched: pd.DataFrame


def read(study: Study, tables: Tables, texts: Mapping[Path, str] = {}) -> Coded:
    """The tables of a study's codings, with the summary in `tables`."""
    papers = list(read_published(study.name)["sizes"].values())
    uncoded = tables.summary.set_index(NETWORK)["valid_error"]
    frames = [read_table(study, name, texts) for name in ("codings", "layers", "matched")]
    section = study.config["codings"]
    asked = section.get("smallest", {})
    return Coded(papers, families(section["codecs"]), uncoded, asked, study.titles, *frames)


def families(codecs: Mapping[str, Entry]) -> dict[str, list[str]]:
    """The names of the codecs of each family, from the config's entries of codecs."""
    return {
        family: [name for name, entry in codecs.items() if fields.items() <= entry.items()]
        for family, fields in FAMILIES.items()
    }


def smallest_files(coded: Coded) -> Iterator[tuple[Network, str, pd.Series | None]]:
    """By published network and family of codecs, the setting that the claims' check would take.

    Only settings with every seed are candidates; None if there is none.
    """
    complete = _complete(coded.codings)
    for paper in coded.papers:
        network = _network(paper)
        of_network = complete[(complete[NETWORK] == list(network)).all(axis=1)]
        limit = max(paper["limit"], coded.uncoded.get(network, 0.0))
        for family, codecs in coded.families.items():
            candidates = of_network[of_network["codec"].isin(codecs)]
            yield network, family, smallest(candidates, limit) if len(candidates) else None


def _complete(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[(cells["n"] > 0) & (cells["n"] == cells["seeds_expected"])]


def _network(paper: Entry) -> Network:
    return paper["task"], paper["method"], paper["budget"]


def numbers(coded: Coded) -> Iterator[Number]:
    """Setting, bytes, rate and errors of the smallest files; bytes of codecs at equal error."""
    yield from _ratios(coded)
    for name, entry in coded.asked.items():
        yield from _smallest_of_any(coded, name, entry)
    for (task, method, budget), family, file in smallest_files(coded):
        origin = Origin("coding", task, method, budget, table="codings", entry=family)
        for name, text in _texts(file).items():
            prefix = f"{task}/{method}/{tag(budget)}/{family}/{name}"
            yield Number(prefix, text, replace(origin, column=name.replace("-", "_")))


def _smallest_of_any(coded: Coded, name: str, entry: SmallestFile) -> Iterator[Number]:
    """The smallest file within the error, of any method, budget and codec; its network, too."""
    cells = _complete(coded.codings)
    within = cells[cells["task"].isin(entry["tasks"]) & (cells["valid_error"] <= entry["error"])]
    within = within[~within["method"].isin(entry.get("without", []))]
    origin, texts = Origin("smallest", table="codings", entry=name), dict[str, str]()
    if len(within):
        file = smallest(within, entry["error"])
        origin = replace(origin, task=file["task"], method=file["method"], budget=file["budget"])
        texts = {**_texts(file), "method": escaped(coded.titles[file["method"]]),
                 "budget": ratio(file["budget"])}  # fmt: skip
    for measure in (*MEASURES, "method", "budget"):
        text = texts.get(measure, ABSENT)
        yield Number(f"smallest/{name}/{measure}", text,
                     replace(origin, column=measure.replace("-", "_")))  # fmt: skip


def _ratios(coded: Coded) -> Iterator[Number]:
    """Every pair of codecs that is compared, and those of the published networks in any case."""
    absent = [
        _ratio_number(*_network(paper), family, STANDARD, excess, ABSENT)
        for paper in coded.papers
        for family in coded.families
        if family != STANDARD
        for excess in EXCESSES
    ]
    pairs = [
        _ratio_number(pair["task"], pair["method"], pair["budget"], pair["codec"], pair["against"],
                      pair["excess"], _ratio(pair) if pair["n"] else ABSENT)
        for pair in coded.matched.to_dict("records")
    ]  # fmt: skip
    yield from {number.address: number for number in (*absent, *pairs)}.values()


def _ratio_number(
    task: str, method: str, budget: float, codec: str, against: str, excess: float, text: str
) -> Number:
    prefix = f"{task}/{method}/{tag(budget)}/{codec}/over-{against}/{100 * excess:.1f}"
    return Number(
        prefix, text, Origin("codecs", task, method, budget, against, "matched", "ratio", codec)
    )


def _texts(file: pd.Series | None) -> dict[str, str]:
    if file is None:
        return dict.fromkeys(MEASURES, ABSENT)
    texts = [
        f"{file['codec']} {file['setting']}".strip().replace("_", " "),
        count(file["bytes"]),
        f"{32 / file['bits_per_weight']:.0f}",
        f"{100 * file['valid_error']:.2f}",
        f"{100 * file['test_error']:.2f}",
    ]
    return dict(zip(MEASURES, texts, strict=True))


def files(coded: Coded) -> dict[str, str]:
    """The LaTeX tables, by the name of their file."""
    tables = {"table_matched": _matched(coded.matched)}
    if coded.papers:
        tables["table_deep_compression"] = _deep_compression(coded)
    return tables


def _deep_compression(coded: Coded) -> str:
    """Deep Compression's two networks beside ours as a LaTeX table, layer by layer."""
    lines, ours = [MADE, HEAD], list(smallest_files(coded))
    for paper in coded.papers:
        lines.append(rf"\multicolumn{{7}}{{@{{}}l}}{{\texttt{{{paper['task']}}}}} \\")
        sizes = [count(paper["bytes"]), f"{paper['rate']}", f"{100 * paper['error']:.2f}"]
        lines.append(_line("Han 2016, as published", sizes, paper["layers"]))
        for network, family, file in ours:
            if network == _network(paper):
                texts = _texts(file)
                sizes = [texts[name] for name in ("bytes", "rate", "test-error")]
                layers = [] if file is None else list(_by_layer(file, coded.layers))
                lines.append(_line(f"here, {TITLES[family]}", sizes, layers))
        lines.append(r"\addlinespace")
    return "\n".join([*lines[:-1], FOOT, ""])


def _line(label: str, sizes: list[str], layers: Sequence[Sequence[float]]) -> str:
    """A line for a file, with how much each layer keeps and what that costs."""
    columns = [
        "/".join(f"{value:.{digits}f}" for value in column)
        for digits, column in zip((0, 1, 1), zip(*layers, strict=True), strict=bool(layers))
    ]
    return row([label, *sizes, *(columns or ["--"] * 3)])


def _by_layer(file: pd.Series, layers: pd.DataFrame) -> Iterator[tuple[float, float, float]]:
    """Per cent kept, and bits of a position and of a value, by layer."""
    of_file = layers[(layers[SETTING] == file[SETTING]).all(axis=1)]
    for layer in of_file.to_dict("records"):
        kept = max(1.0, layer["weights"])
        position, value = (8 * layer[name] / kept for name in ("position_bytes", "value_bytes"))
        yield 100 * layer["weights"] / layer["entries"], position, value


def _matched(pairs: pd.DataFrame) -> str:
    """Codecs at equal validation error as a LaTeX table, where both reach it."""
    lines, reached = [MADE, MATCHED], pairs[pairs["n"] > 0]
    for _, of_network in reached.groupby(NETWORK, sort=False):
        first = of_network.iloc[0]
        label = rf"\texttt{{{first['task']}}}, {first['method']}, {share(first['budget'])}"
        lines.append(rf"\multicolumn{{7}}{{@{{}}l}}{{{label}}} \\")
        lines += [_matched_line(pair) for pair in of_network.to_dict("records")]
    if reached.empty:
        lines.append(rf"\multicolumn{{7}}{{@{{}}l}}{{{ABSENT}}} \\")
    return "\n".join([*lines, FOOT, ""])


def _matched_line(pair: Row) -> str:
    codec, against = (TITLES.get(pair[name], pair[name]) for name in ("codec", "against"))
    cells = [f"{codec} / {against}", f"{100 * pair['excess']:.1f}",
             f"{pair['n']:.0f} of {pair['seeds']:.0f}"]  # fmt: skip
    errors = f"{100 * pair['test_error']:.2f} / {100 * pair['against_test_error']:.2f}"
    sizes = [count(pair["bytes"]), count(pair["against_bytes"])]
    return row([*cells, *sizes, _ratio(pair), errors])


def _ratio(pair: Row) -> str:
    """The ratio with its interval, unless leaving a seed out leaves no ratio."""
    if np.isnan(pair["ratio_low"]):
        return f"{pair['ratio']:.3f}"
    return f"{pair['ratio']:.3f} [{pair['ratio_low']:.3f}, {pair['ratio_high']:.3f}]"


HEAD = r"""\begin{tabular}{@{}lrrrlll@{}}
\toprule
file & bytes & rate & error & \% kept & bits of a position & bits of a value \\
\midrule"""
MATCHED = r"""\begin{tabular}{@{}lrrrrlr@{}}
\toprule
codecs & excess & seeds & bytes & against & ratio & test errors \\
\midrule"""
FOOT = r"""\bottomrule
\end{tabular}"""
