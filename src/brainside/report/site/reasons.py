"""How the estimates of a claim lead to its verdict, and what a correction changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from brainside.analysis.claims import ELSEWHERE
from brainside.analysis.findings import Finding
from brainside.analysis.parts import NO, OPEN, YES
from brainside.analysis.verdicts import MIXED, NOT_REPRODUCED, REPRODUCED, UNDECIDED
from brainside.base.budgets import parse_budget, share
from brainside.report.site.signs import GLYPHS
from brainside.report.tex.answers import Claim, uncorrected

SAYS = {YES: REPRODUCED, NO: NOT_REPRODUCED, OPEN: UNDECIDED}
WORDS = {REPRODUCED: "holds", NOT_REPRODUCED: "fails", MIXED: "mixed", UNDECIDED: "undecided"}
TELLING = ("tasks", "sizes", "method", "against", "budgets")  # fields that tell checks apart


def names(checks: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> list[str]:
    """What tells each check of a claim from the others that ask the same; empty for one alone."""
    return [_name(check, [c for c in checks if c["check"] == check["check"]], titles)
            for check in checks]  # fmt: skip


def _name(
    check: Mapping[str, Any], alike: Sequence[Mapping[str, Any]], titles: Mapping[str, str]
) -> str:
    fields: list[str] = []
    left = list(alike)
    for field in TELLING:
        like = [other for other in left if other.get(field) == check.get(field)]
        if len(like) < len(left):
            fields, left = [*fields, field], like
    return ", ".join(_said(field, check[field], titles) for field in fields)


def _said(field: str, value: Any, titles: Mapping[str, str]) -> str:
    if field in ("method", "against"):
        several = [value] if isinstance(value, str) else value
        text = " or ".join(titles.get(name, name) for name in dict.fromkeys(several))
        return f"against {text}" if field == "against" else text
    if field == "tasks":
        return ", ".join(value)
    if field == "sizes":
        return f"at {', '.join(f'{size:,}' for size in value)} bytes"
    return f"at {', '.join(share(parse_budget(budget, field)) for budget in value)}"


def notes(claim: Claim, findings: Sequence[Finding], named: Sequence[str]) -> Iterator[str]:
    """In sentences, how a verdict comes about that is not that of each of the estimates."""
    for finding, name in zip(findings, named, strict=True):
        verdict = finding.decision.verdict
        if {SAYS[part.says] for part in finding.parts} != {verdict}:
            yield _together(f"{name}: " if name else "", len(finding.parts), verdict)
    alone: str = claim["alone"]
    alone = ELSEWHERE.get(alone, alone)
    if {finding.decision.verdict for finding in findings} != {alone}:
        yield _together("All checks: ", len(findings), alone)
    if corrected := uncorrected(claim):
        yield f"{corrected[0].upper()}{corrected[1:]}."


def _together(of: str, many: int, verdict: str) -> str:
    text = f"{of}together, corrected for {many}: {GLYPHS[verdict]} {WORDS[verdict]}."
    return text[0].upper() + text[1:]
