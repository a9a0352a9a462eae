"""The claims as an HTML table, which is there without JavaScript too."""

from collections.abc import Mapping, Sequence
from html import escape

from brainside.analysis.claims import PENDING, findings_of
from brainside.analysis.evidence import Evidence
from brainside.analysis.findings import Finding
from brainside.analysis.missing import Missing
from brainside.report.site import forest, reasons
from brainside.report.site.signs import GLYPHS, with_minus
from brainside.report.tex.answers import (
    Claim,
    paper_value,
    sample,
    titled,
)
from brainside.report.tex.claims import FAILS, HOLDS

HEADS = ("claim", "paper", "in the paper", "here, with 95 % interval", "against the bound",
         "verdict", "from")  # fmt: skip


def counts(judged: Sequence[Claim]) -> str:
    """How the claims came out, as a sentence."""
    verdicts = [claim["verdict"] for claim in judged]
    holds, fails = (sum(v in kind for v in verdicts) for kind in (HOLDS, FAILS))
    others = [(verdicts.count(v), v) for v in ("mixed", "undecided", PENDING)]
    parts = [f"{holds} hold", f"{fails} do not", *(f"{n} are {verdict}" for n, verdict in others)]
    return f"Of {len(judged)} claims, {', '.join(parts)}."


def head_cells() -> str:
    """The heads of the table's columns."""
    return "".join(f'<th scope="col">{head}</th>' for head in HEADS)


def table_rows(judged: Sequence[Claim], evidence: Evidence, titles: Mapping[str, str]) -> str:
    """The rows of the table, one per claim, which calls methods by their titles."""
    rows = (_row(claim, found(claim, evidence), titles) for claim in judged)
    return with_minus("\n".join(rows))


def found(claim: Claim, evidence: Evidence) -> list[Finding]:
    """What the checks of a claim find; nothing while records are missing."""
    try:
        return findings_of(claim, evidence) if claim["verdict"] != PENDING else []
    except Missing:  # since the table was made
        return []


def _row(claim: Claim, findings: Sequence[Finding], titles: Mapping[str, str]) -> str:
    verdict, name = claim["verdict"], escape(claim["id"])
    pending = "its records are not there yet"
    cells = [
        f'<th scope="row">{escape(claim["statement"])}<br><a class="trace"'
        f' href="#trace?address=claims/{name}/verdict">{name}</a>{_more(claim)}</th>',
        escape(claim["paper"]),
        escape(paper_value(claim)),
        escape(titled(claim["ours"].replace("_", " "), titles)) if verdict != PENDING else pending,
        _pictured(claim, findings, titles) if findings else "",
        f'<span aria-hidden="true">{GLYPHS[verdict]}</span> {escape(verdict)}',
        escape(sample(claim)) if claim["n"] else "",
    ]
    first, *others = cells
    return (
        f'<tr id="claim-{name}" data-paper="{escape(claim["paper"])}"'
        f' data-verdict="{escape(verdict)}">{first}'
        + "".join(map(_cell, HEADS[1:], others))
        + "</tr>"
    )


def _pictured(claim: Claim, findings: Sequence[Finding], titles: Mapping[str, str]) -> str:
    """What a claim's checks find, each estimate by itself, and how they lead to the verdict."""
    named = reasons.names(claim["checks"], titles)
    lines = [(", ".join(filter(None, (name, part.name))), part)
             for name, finding in zip(named, findings, strict=True)
             for part in finding.parts]  # fmt: skip
    notes = (
        f'<p class="note">{escape(note)}</p>' for note in reasons.notes(claim, findings, named)
    )
    return forest.picture(lines) + "".join(notes)


def _cell(head: str, content: str) -> str:
    """A cell, which has its head beside it where the table is too wide for the screen."""
    return f'<td data-head="{head}">{content}</td>'


def _more(claim: Claim) -> str:
    """What is to be said of a claim, to be opened."""
    text = claim["explanation"]
    return f"<details><summary>why</summary><p>{escape(text)}</p></details>" if text else ""
