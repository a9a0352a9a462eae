"""The verdicts of the claims as TeX: tables, lists, and sentences with their numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from brainside.analysis.claims import PENDING
from brainside.archive.digests import made_of
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.tables import source
from brainside.report.number import Number, Origin
from brainside.report.tex.answers import (
    Claim,
    brief,
    detectable,
    difference,
    effect,
    estimate,
    p_value,
    paper_value,
    predicate,
    sample,
    uncorrected,
    verdict_sentence,
)
from brainside.report.tex.latex import ABSENT, escaped, row, rows
from brainside.study.claims import methods_of, read
from brainside.study.study import Study

COLUMNS = ["id", "paper", "statement", "paper_value", "confidence", "ours", "low", "high", "n",
           "detectable", "p", "p_holm", "alone", "verdict", "explanation"]  # fmt: skip
TEXT = ["id", "paper", "statement", "paper_value", "confidence", "ours", "alone", "verdict",
        "explanation"]  # fmt: skip
HOLDS, FAILS = ("reproduced", "holds here"), ("not reproduced", "does not hold here")
VERDICTS = (*HOLDS, *FAILS, "mixed", "undecided", PENDING)
PLURAL = {"holds here": "hold here", "does not hold here": "do not hold here"}
AGAIN = "`brainside claims` makes it again"


def rows_of(study: Study, texts: Mapping[Path, str] = {}) -> list[Claim]:
    """The rows of the study's table of claims, with their checks; none if there is no table.

    One that is among `texts`, by path, is not read from its file.
    """
    path = paths.filled(paths.TABLE, study=study.name, table="claims")
    table_of = source(path, texts)
    if table_of == path and not path.exists():
        return []
    checks = {claim["id"]: claim["checks"] for claim in read(study)}
    try:
        types = dict.fromkeys(TEXT, str)
        table = pd.read_csv(table_of, keep_default_na=False, dtype=types)[COLUMNS].to_dict(
            "records"
        )
    except (ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise Refused(f"{path}: unreadable ({reason}); {AGAIN}") from None
    if unknown := {claim["verdict"] for claim in table} - {*VERDICTS}:
        raise Refused(f"{path}: {min(unknown)!r} is not a verdict; {AGAIN}")
    return [{**claim, "checks": checks.get(claim["id"], [])} for claim in table]


def numbers(judged: Sequence[Claim], titles: Mapping[str, str]) -> Iterator[Number]:
    """How many claims there are of each verdict, overall and by paper, and each claim's verdict.

    `titles` are those of the methods by their names.
    """
    for name, text in _counts(judged):
        yield Number(f"claims/{name}", text, Origin("verdicts", table="claims"))
    for paper, theirs in by_paper(judged).items():
        origin = Origin("verdicts", table="claims", entry=paper)
        yield Number(f"papers/{slug(paper)}/verdicts", verdict_counts(theirs), origin)
    for claim in judged:
        origin, prefix = Origin("claim", table="claims", entry=claim["id"]), f"claims/{claim['id']}"
        yield Number(f"{prefix}/verdict", claim["verdict"], origin)
        yield Number(f"{prefix}/predicate", predicate(claim), origin)
        yield Number(f"{prefix}/difference", difference(claim), origin)
        yield Number(f"{prefix}/answer", verdict_sentence(claim, titles), origin)


def _counts(judged: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    count = Counter(claim["verdict"] for claim in judged)
    yield "total", str(len(judged))
    yield "papers", str(len({paper.partition(",")[0] for paper in by_paper(judged)}))
    yield "judged", str(len(judged) - count[PENDING])
    for verdict in VERDICTS:
        yield verdict.replace(" ", "-"), str(count[verdict])
    yield "verdicts", verdict_counts(judged)


def verdict_counts(judged: Sequence[Claim]) -> str:
    """How many claims there are of each verdict, in words: "3 reproduced, 2 hold here"."""
    count = Counter(claim["verdict"] for claim in judged)
    return ", ".join(
        f"{count[name]} {PLURAL.get(name, name) if count[name] > 1 else name}"
        for name in VERDICTS
        if count[name]
    )


def by_paper(judged: Iterable[Claim]) -> dict[str, list[Claim]]:
    """The claims of each paper, both in the order of the table."""
    papers: dict[str, list[Claim]] = {}
    for claim in judged:
        papers.setdefault(claim["paper"], []).append(claim)
    return papers


def slug(paper: str) -> str:
    """A paper's name as part of a file's."""
    return re.sub(r"[^a-z0-9]+", "-", paper.lower())


def files(study: Study, judged: Sequence[Claim]) -> dict[str, str]:
    """The generated TeX of a study's claims by the names of the files."""
    titles = study.titles
    failed = [claim for claim in judged if claim["verdict"] in FAILS]
    mixed, undecided = ([c for c in judged if c["verdict"] == v] for v in ("mixed", "undecided"))
    texts = {
        "claims": _rows(study, judged, map(_check_row, judged)),
        "verdicts": rows(_verdict_rows(judged)),
        "claims_failed": _list(failed, titles) or rows([NONE_FAILED]),
        "claims_mixed": _list(mixed, titles) or rows([NONE_MIXED]),
        "claims_undecided": _list(undecided, titles) or rows([NONE_UNDECIDED]),
    }
    for paper, theirs in by_paper(judged).items():
        lines = [row(_cells(claim, titles)) for claim in theirs]
        texts[f"claims_{slug(paper)}"] = _rows(study, theirs, lines)
        texts[f"explanations_{slug(paper)}"] = _explanations(theirs, study.config["figures"])
    return texts


NONE_FAILED = "No claim that has a verdict has failed so far."
NONE_MIXED = "No claim is mixed so far."
NONE_UNDECIDED = "No claim is undecided so far."


def _cells(claim: Claim, titles: Mapping[str, str]) -> Iterator[str]:
    """Statement, the paper's value, ours, seeds (or networks), verdict."""
    yield escaped(claim["statement"])
    yield _paper_value(claim)
    yield estimate(claim, titles) or ABSENT
    yield str(claim["n"] or ABSENT)
    yield claim["verdict"]


def _paper_value(claim: Claim) -> str:
    """The paper's value, and how sure we are of it unless it is confirmed."""
    value = escaped(paper_value(claim))
    return rf"\unconfirmed{{{value}}}" if claim["confidence"] == "unconfirmed" else value


def _check_row(claim: Claim) -> str:
    """Name, checks, cells, seeds, smallest effect, p-value after Holm, verdict."""
    checks, smallest = claim["checks"], effect(claim)
    cells = sum(len(check["tasks"]) * len(check["budgets"]) for check in checks)
    names = ", ".join(dict.fromkeys(check["check"] for check in checks))
    return row([
        rf"\texttt{{{claim['id']}}}", rf"\texttt{{{escaped(names)}}}", str(cells),
        str(claim["n"] or ABSENT), smallest or ABSENT, _p_value(claim), claim["verdict"],
    ])  # fmt: skip


def _p_value(claim: Claim) -> str:
    """The p-value among the paper's claims, as TeX."""
    if claim["p_holm"] == "":
        return ABSENT
    p = float(claim["p_holm"])
    return "$<$0.0001" if p < 0.0001 else p_value(p)


def counts_by_paper(judged: Sequence[Claim]) -> Iterator[tuple[str, list[int]]]:
    """By paper, and for `all`: claims, those that hold, that fail, mixed, undecided, pending."""
    for paper, theirs in {**by_paper(judged), "all": judged}.items():
        count = Counter(claim["verdict"] for claim in theirs)
        holds, fails = (sum(count[v] for v in verdicts) for verdicts in (HOLDS, FAILS))
        others = [count[verdict] for verdict in ("mixed", "undecided", PENDING)]
        yield paper, [len(theirs), holds, fails, *others]


def _verdict_rows(judged: Sequence[Claim]) -> list[str]:
    lines = [row([paper, *map(str, counts)]) for paper, counts in counts_by_paper(judged)]
    return [*lines[:-1], r"\midrule", lines[-1]]


def _list(judged: Sequence[Claim], titles: Mapping[str, str]) -> str:
    """Claims as a list, each with its numbers; `_explanations` says why, paper by paper."""
    if not judged:
        return ""
    items = [rf"\item {_item(claim, titles)}" for claim in judged]
    return rows([r"\begin{findings}", *items, r"\end{findings}"])


def _item(claim: Claim, titles: Mapping[str, str]) -> str:
    sentences = [escaped(claim["statement"]),
                 f"Here: {estimate(brief(claim), titles)}, with {sample(claim)}."]  # fmt: skip
    sentences += [f"{more[0].upper()}{more[1:]}."
                  for more in (uncorrected(claim), detectable(claim)) if more]  # fmt: skip
    return " ".join(sentences)


def _explanations(theirs: Sequence[Claim], figures: Iterable[str]) -> str:
    """What we make of a paper's verdicts, as prose; nothing before there are any."""
    explained = [c for c in theirs if c["verdict"] != PENDING and c["explanation"]]
    lines = [
        rf"\emph{{{escaped(c['statement'].rstrip('.'))}}}: {c['verdict']}."
        rf" {with_figures(escaped(c['explanation']), figures)}\par"
        for c in explained
    ]
    return rows([rf"\paragraph{{Why: {escaped(explained[0]['paper'])}.}}", *lines] if lines else [])


def with_figures(text: str, figures: Iterable[str]) -> str:
    """A text in which "(figure NAME)" refers to the study's figure of that name by its number."""
    names = {escaped(name): name for name in figures}
    return re.sub(
        r"\(figure ([\w\\]+)\)",
        lambda found: rf"(figure~\ref{{fig:{names[found[1]]}}})" if found[1] in names else found[0],
        text,
    )


def _rows(study: Study, judged: Sequence[Claim], lines: Iterable[str]) -> str:
    """The rows of a claims table; the small print stays on the page of the last one."""
    *others, last = lines
    digest = rf"\smallprint{{{made_of(_records(study, judged))}}}"
    small = rf"\addlinespace \multicolumn{{5}}{{@{{}}l@{{}}}}{{{digest}}} \\"
    return rows([*others, f"{last}*", small])


def _records(study: Study, judged: Iterable[Claim]) -> Iterator[Path]:
    """The records that the checks of some claims read."""
    checks = [check for claim in judged for check in claim["checks"]]
    cells = {
        (task, method)
        for check in checks
        for task in check["tasks"]
        for method in methods_of(check)
    }
    return (s.path for s in study.sweeps if (s.task, s.method) in cells)
