"""The verdicts of the claims as TeX: tables, lists, and sentences with their numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.archive.digests import made_of
from brainside.base import paths
from brainside.report.tex.latex import ABSENT, escaped, row, rows
from brainside.study.claims import read
from brainside.study.study import Study

Claim = Mapping[str, Any]  # a row of claims.csv, with `checks` of config/claims
HOLDS, FAILS = ("reproduced", "holds here"), ("not reproduced", "does not hold here")
VERDICTS = (*HOLDS, *FAILS, "undecided", "absent")
PENDING = {"absent": "pending"}  # how a verdict is printed that is not printed as it is
# The fixed part of a claim's numbers: what is measured and in which unit an effect is told.
POINTS, FACTORS = ("less_error", "no_more_error", "error_at_most"), ("less", "agree")
NETWORKS = ("correlated",)  # what counts single networks, and not seeds


def judged(study: Study) -> list[Claim]:
    """The rows of the study's table of claims, with their checks; none where there is no table."""
    path = paths.filled(paths.TABLE, study=study.name, table="claims")
    if not path.exists():
        return []
    checks = {claim["id"]: claim["checks"] for claim in read(study)}
    found = pd.read_csv(path, keep_default_na=False).to_dict("records")
    return [{**claim, "checks": checks.get(claim["id"], [])} for claim in found]


def definitions(found: Sequence[Claim], titles: Mapping[str, str]) -> dict[str, str]:
    """Macros: how many claims of each verdict, overall and by paper, and each claim's answer."""
    texts = dict(_counts("claims", found))
    for paper, theirs in by_paper(found).items():
        texts[f"papers/{slug(paper)}/verdicts"] = tally(theirs)
    for claim in found:
        place = f"claims/{claim['id']}"
        texts |= {f"{place}/verdict": printed(claim), f"{place}/answer": answer(claim, titles)}
    return texts


def _counts(place: str, found: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    count = Counter(claim["verdict"] for claim in found)
    yield f"{place}/total", str(len(found))
    yield f"{place}/papers", str(len(by_paper(found)))
    yield f"{place}/judged", str(len(found) - count["absent"])
    for verdict in VERDICTS:
        yield f"{place}/{verdict.replace(' ', '-')}", str(count[verdict])
    yield f"{place}/verdicts", tally(found)


def tally(found: Sequence[Claim]) -> str:
    """How many claims there are of each verdict, in words."""
    count = Counter(claim["verdict"] for claim in found)
    return ", ".join(f"{count[v]} {PENDING.get(v, v)}" for v in VERDICTS if count[v])


def by_paper(found: Iterable[Claim]) -> dict[str, list[Claim]]:
    """The claims of each paper, both in the order of the file."""
    papers: dict[str, list[Claim]] = {}
    for claim in found:
        papers.setdefault(claim["paper"], []).append(claim)
    return papers


def slug(paper: str) -> str:
    """A paper's name as part of a file's."""
    return re.sub(r"[^a-z0-9]+", "-", paper.lower())


def answer(claim: Claim, titles: Mapping[str, str]) -> str:
    """A claim's verdict with the numbers behind it, as the end of a sentence."""
    if claim["verdict"] == "absent":
        return r"\emph{pending}, as records that it needs are not there yet"
    more = f"; {detected}" if (detected := _told(claim)) else ""
    return rf"\emph{{{claim['verdict']}}} ({worded(claim['ours'], titles)}; {_sample(claim)}{more})"


def _sample(claim: Claim) -> str:
    """How many seeds, or networks, the first check has."""
    single = bool(claim["checks"]) and claim["checks"][0]["check"] in NETWORKS
    return f"{claim['n']} {'networks' if single else 'seeds'}"


def _open(claim: Claim) -> bool:
    return claim["verdict"] == "undecided"


def worded(ours: str, titles: Mapping[str, str]) -> str:
    """What a check says, with the titles of methods in the place of their names, as TeX."""
    names = "|".join(sorted(map(re.escape, titles), key=len, reverse=True))
    text = re.sub(rf"(?<![\w-])(?:{names})(?![\w-])", lambda match: titles[match[0]], ours)
    return escaped(text.replace("_", " "))


def _told(claim: Claim) -> str:
    """For an undecided claim, the smallest effect that its first check could find."""
    size = _effect(claim) if _open(claim) else ""
    return f"an effect of {size} would be found in four of five such studies" if size else ""


def _effect(claim: Claim) -> str:
    checks = [check["check"] for check in claim["checks"]]
    if claim["detectable"] == "" or not checks:
        return ""
    size = float(claim["detectable"])
    if checks[0] in POINTS:
        return f"{100 * size:.2f} points"
    return f"a factor of {np.exp(size):.2f}" if checks[0] in FACTORS else ""


def printed(claim: Claim) -> str:
    """A claim's verdict as it is printed."""
    return PENDING.get(claim["verdict"], claim["verdict"])


def files(study: Study) -> dict[str, str]:
    """The generated TeX of the study's claims by the names of the files."""
    found, titles = judged(study), {n: m["title"] for n, m in study.config["methods"].items()}
    if not found:
        return {}
    made = {"claims": _rows(study, found, map(_whole_row, found)),
            "verdicts": rows(_verdict_rows(found)),
            "claims_failed": _listed([c for c in found if c["verdict"] in FAILS], titles,
                                     "No claim that has a verdict has failed so far."),
            "claims_undecided": _listed([c for c in found if _open(c)], titles,
                                        "No claim is undecided so far.")}  # fmt: skip
    for paper, theirs in by_paper(found).items():
        lines = [row([*_cells(claim, titles)]) for claim in theirs]
        made[f"claims_{slug(paper)}"] = _rows(study, theirs, lines)
        made[f"explanations_{slug(paper)}"] = _explained(theirs)
    return made


def _cells(claim: Claim, titles: Mapping[str, str]) -> Iterator[str]:
    """Statement, the paper's value, ours, seeds (or networks), verdict."""
    yield escaped(claim["statement"])
    yield _theirs(claim)
    yield worded(claim["ours"], titles) or ABSENT
    yield str(claim["n"] or ABSENT)
    yield printed(claim)


def _theirs(claim: Claim) -> str:
    """The paper's value, and how sure we are of it where it is not confirmed."""
    value, sure = escaped(claim["paper_value"]), claim["confidence"]
    if sure == "unconfirmed":
        return rf"\unconfirmed{{{value} (unconfirmed)}}"
    return value if sure in ("confirmed", "unknown") else f"{value} ({sure})"


def _whole_row(claim: Claim) -> str:
    checks, effect = claim["checks"], _effect(claim)
    cells = sum(len(check["tasks"]) * len(check["budgets"]) for check in checks)
    names = ", ".join(dict.fromkeys(check["check"] for check in checks))
    return row([
        rf"\texttt{{{claim['id']}}}", rf"\texttt{{{escaped(names)}}}", str(cells),
        str(claim["n"] or ABSENT), effect or ABSENT, printed(claim),
    ])  # fmt: skip


def counted(found: Sequence[Claim]) -> Iterator[tuple[str, list[int]]]:
    """By paper, and for `all`: claims, those that hold, that fail, undecided, pending."""
    for paper, theirs in {**by_paper(found), "all": found}.items():
        count = Counter(claim["verdict"] for claim in theirs)
        holds, fails = (sum(count[v] for v in verdicts) for verdicts in (HOLDS, FAILS))
        yield paper, [len(theirs), holds, fails, count["undecided"], count["absent"]]


def _verdict_rows(found: Sequence[Claim]) -> list[str]:
    lines = [row([paper, *map(str, counts)]) for paper, counts in counted(found)]
    return [*lines[:-1], r"\midrule", lines[-1]]


def _listed(found: Sequence[Claim], titles: Mapping[str, str], none: str) -> str:
    """Claims as a list, each with its numbers; why is told by `_explained`, paper by paper."""
    items = []
    for claim in found:
        said = [
            escaped(claim["statement"]),
            f"Here: {worded(claim['ours'], titles)}, with {_sample(claim)}.",
            f"{detected[0].upper()}{detected[1:]}." if (detected := _told(claim)) else "",
        ]
        items.append(rf"\item[{claim['id']}] {' '.join(part for part in said if part)}")
    if not items:
        return rows([none])
    return rows([r"\begin{description}\small", *items, r"\end{description}"])


def _explained(theirs: Sequence[Claim]) -> str:
    """What we make of a paper's verdicts; nothing before there are any."""
    told = [c for c in theirs if c["verdict"] != "absent" and c["explanation"]]
    lines = [rf"\textit{{{c['id']}}}: {escaped(c['explanation'])}" for c in told]
    return rows([r"\paragraph{Why.}", *lines, r"\par"] if lines else [])


def _rows(study: Study, found: Sequence[Claim], lines: Iterable[str]) -> str:
    """The rows of a claims table; the small print stays on the page of the last one."""
    *others, last = lines
    said = rf"\smallprint{{{made_of(_records(study, found))}}}"
    small = rf"\addlinespace \multicolumn{{5}}{{@{{}}l@{{}}}}{{{said}}} \\"
    return rows([*others, f"{last}*", small])


def _records(study: Study, found: Iterable[Claim]) -> Iterator[Path]:
    """The records that the checks of some claims read."""
    checks = [check for claim in found for check in claim["checks"]]
    wanted = {
        (task, method)
        for check in checks
        for task in check["tasks"]
        for method in (check["method"], check.get("against", "reference"))
    }
    return (s.path for s in study.sweeps if (s.task, s.method) in wanted)
