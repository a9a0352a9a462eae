"""The report's numbers and tables of codings, made from the tables of `coding_tables`.

`papers` are the entries `sizes` of config/published.yaml.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.coding_tables import NETWORK, SETTING, smallest
from brainside.analysis.rate_distortion import EXCESSES
from brainside.report.tex.latex import ABSENT, MADE

FAMILIES = ("deep-compression", "adaptive", "nncodec")  # with what follows after a hyphen
Entry = Mapping[str, Any]


def chosen(
    papers: list[Entry], cells: pd.DataFrame, uncoded: pd.Series
) -> Iterator[tuple[tuple, str, pd.Series | None]]:
    """By published network and family of codecs, the setting that the claims' check would take.

    `uncoded` is the mean validation error by network. Only settings with every seed are
    candidates; None where there is none.
    """
    whole = cells[(cells["n"] > 0) & (cells["n"] == cells["seeds_expected"])]
    for paper in papers:
        network = _network(paper)
        here = whole[(whole[NETWORK] == list(network)).all(axis=1)]
        for family in FAMILIES:
            codec = here["codec"].astype(str)
            of = here[(codec == family) | codec.str.startswith(f"{family}-")]
            limit = max(paper["limit"], uncoded.get(network, 0.0))
            yield network, family, smallest(of, limit) if len(of) else None


def _network(paper: Entry) -> tuple[str, str, float]:
    return paper["task"], paper["method"], paper["budget"]


def definitions(
    papers: list[Entry], cells: pd.DataFrame, uncoded: pd.Series, compared: pd.DataFrame
) -> dict[str, str]:
    """TeX text by name: bytes, rate, errors and setting of the chosen files; ratios of bytes."""
    *ours, standard = FAMILIES
    found = {
        _name(*_network(paper), codec, standard, excess): ABSENT
        for paper in papers
        for codec in ours
        for excess in EXCESSES
    }
    for pair in compared.to_dict("records"):
        name = _name(*(pair[n] for n in (*NETWORK, "codec", "against", "excess")))
        found[name] = _ratio(pair) if pair["n"] else ABSENT
    for (task, method, budget), family, best in chosen(papers, cells, uncoded):
        place = f"{task}/{method}/{budget:.4g}/{family}"
        for name, text in _numbers(best).items():
            found[f"{place}/{name}"] = text
    return found


def _name(task: str, method: str, budget: float, codec: str, against: str, excess: float) -> str:
    return f"{task}/{method}/{budget:.4g}/{codec}/over-{against}/{100 * excess:.1f}"


def _numbers(best: pd.Series | None) -> dict[str, str]:
    if best is None:
        return dict.fromkeys(("setting", "bytes", "rate", "valid-error", "test-error"), ABSENT)
    return {
        "setting": f"{best['codec']} {best['setting']}".strip().replace("_", " "),
        "bytes": f"{best['bytes']:,.0f}",
        "rate": f"{32 / best['bits_per_weight']:.0f}",
        "valid-error": f"{100 * best['valid_error']:.2f}",
        "test-error": f"{100 * best['test_error']:.2f}",
    }


def files(
    papers: list[Entry],
    cells: pd.DataFrame,
    uncoded: pd.Series,
    layers: pd.DataFrame,
    found: pd.DataFrame,
) -> dict[str, str]:
    """The LaTeX tables, by the name of their file."""
    made = {"table_matched": matched(found)}
    if papers:
        made["table_deep_compression"] = deep_compression(papers, cells, uncoded, layers)
    return made


def deep_compression(
    papers: list[Entry], cells: pd.DataFrame, uncoded: pd.Series, layers: pd.DataFrame
) -> str:
    """Deep Compression's two networks beside ours as a LaTeX table, layer by layer."""
    lines = [MADE, HEAD]
    for paper in papers:
        lines.append(rf"\multicolumn{{7}}{{@{{}}l}}{{\texttt{{{paper['task']}}}}} \\")
        whole = [f"{paper['bytes']:,}", f"{paper['rate']}", f"{100 * paper['error']:.2f}"]
        lines += _block("Han 2016, as published", whole, paper["layers"])
        for place, family, best in chosen(papers, cells, uncoded):
            if place == _network(paper):
                found = list(_by_layer(best, layers)) if best is not None else []
                names = _numbers(best)
                whole = [names["bytes"], names["rate"], names["test-error"]]
                lines += _block(f"here, {family}", whole, found)
        lines.append(r"\addlinespace")
    return "\n".join([*lines[:-1], FOOT, ""])


def _block(label: str, whole: list[str], layers: list[tuple]) -> list[str]:
    """A line for a file, with how much each layer keeps and what that costs."""
    columns = [
        "/".join(f"{n:.{digits}f}" for n in each)
        for digits, each in zip((0, 1, 1), zip(*layers, strict=True), strict=bool(layers))
    ]
    return [" & ".join([label, *whole, *(columns or ["--"] * 3)]) + r" \\"]


def _by_layer(best: pd.Series, layers: pd.DataFrame) -> Iterator[tuple[float, float, float]]:
    """Per cent kept, and bits of a position and of a value, by layer."""
    here = layers[(layers[SETTING].fillna("") == best[SETTING]).all(axis=1)]
    for row in here.to_dict("records"):
        kept = max(1.0, row["weights"])
        bits = (8 * row[column] / kept for column in ("position_bytes", "value_bytes"))
        yield 100 * row["weights"] / row["entries"], *bits


def matched(found: pd.DataFrame) -> str:
    """Codecs at equal validation error as a LaTeX table, where both reach it."""
    lines, found = [MADE, MATCHED], found[found["n"] > 0]
    for (task, method, budget), here in found.groupby(NETWORK, sort=False):
        label = rf"\texttt{{{task}}}, {method}, 1/{1 / budget:.4g}"
        lines.append(rf"\multicolumn{{7}}{{@{{}}l}}{{{label}}} \\")
        lines += [_matched(row) for row in here.to_dict("records")]
    if found.empty:
        lines.append(rf"\multicolumn{{7}}{{@{{}}l}}{{{ABSENT}}} \\")
    return "\n".join([*lines, FOOT, ""])


def _matched(row: dict) -> str:
    cells = [f"{row['codec']} / {row['against']}", f"{100 * row['excess']:.1f}",
             f"{row['n']:.0f} of {row['seeds']:.0f}"]  # fmt: skip
    errors = f"{100 * row['test_error']:.2f} / {100 * row['against_test_error']:.2f}"
    sizes = [f"{row['bytes']:,.0f}", f"{row['against_bytes']:,.0f}"]
    return " & ".join([*cells, *sizes, _ratio(row), errors]) + r" \\"


def _ratio(row: Mapping[str, Any]) -> str:
    """With its interval, but where leaving a seed out leaves no ratio."""
    if np.isnan(row["ratio_low"]):
        return f"{row['ratio']:.3f}"
    return f"{row['ratio']:.3f} [{row['ratio_low']:.3f}, {row['ratio_high']:.3f}]"


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
