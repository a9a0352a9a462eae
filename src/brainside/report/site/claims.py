"""The claims as an HTML table, which is there without JavaScript too."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from brainside.analysis.claims import PENDING
from brainside.report.site import forest
from brainside.report.tex.answers import (
    Claim,
    paper_value,
    sample,
    titled,
    uncorrected,
)
from brainside.report.tex.claims import FAILS, HOLDS

HEADS = ("claim", "paper", "in the paper", "here, with 95 % interval", "against the bound",
         "verdict", "from")  # fmt: skip
GLYPHS = {**dict.fromkeys(HOLDS, "✓"), **dict.fromkeys(FAILS, "✗"), "mixed": "±",
          "undecided": "?", PENDING: "…"}  # fmt: skip


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


def table_rows(
    judged: Sequence[Claim], margins: Mapping[str, float], titles: Mapping[str, str]
) -> str:
    """The rows of the table, one per claim, which calls methods by their titles."""
    return "\n".join(_row(claim, margins, titles) for claim in judged)


def _row(claim: Claim, margins: Mapping[str, float], titles: Mapping[str, str]) -> str:
    verdict, name = claim["verdict"], escape(claim["id"])
    found = forest.estimate(claim, margins)
    pending = "its records are not there yet"
    cells = [
        f'<th scope="row">{escape(claim["statement"])}<br><a class="trace"'
        f' href="#trace?address=claims/{name}/verdict">{name}</a>{_more(claim)}</th>',
        escape(claim["paper"]),
        escape(paper_value(claim)),
        escape(titled(claim["ours"].replace("_", " "), titles)) if verdict != PENDING else pending,
        forest.picture(found) if found else "",
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


def _cell(head: str, content: str) -> str:
    """A cell, which has its head beside it where the table is too wide for the screen."""
    return f'<td data-head="{head}">{content}</td>'


def _more(claim: Claim) -> str:
    """What is to be said of a claim, to be opened."""
    lines = [f"<p>{escape(line)}</p>" for line in _remarks(claim)]
    return f"<details><summary>why</summary>{''.join(lines)}</details>" if lines else ""


def _remarks(claim: Claim) -> Iterator[str]:
    if claim["explanation"]:
        yield claim["explanation"]
    if alone := uncorrected(claim):
        yield f"{alone[0].upper()}{alone[1:]}."
