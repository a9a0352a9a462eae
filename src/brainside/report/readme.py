"""The README's scoreboard: verdicts by paper, the page with every claim, and the main figure."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.files import read_committed, restore
from brainside.base.paths import CLAIMS_PAGE, README
from brainside.report.tex.answers import Claim, paper_value
from brainside.report.tex.claims import by_paper, counts_by_paper, rows_of, slug
from brainside.study.study import Study

PICTURE = Path("results/error_by_budget.png")  # in git, as figures are not
FROM, TO = "<!-- scoreboard: made by `brainside scoreboard` -->\n", "<!-- end of scoreboard -->\n"
INTRODUCTION = """\
# Claims

<!-- made by `brainside scoreboard`: edit config/claims, not this page -->

Every claim that the study judges, in our words, and what the records say. Some are questions of
our own about a paper's idea: the value *in the paper* is then *unknown*, *not asked*, or another
paper's. *In the paper* is the paper's own value, with how sure we are of it where it is not
confirmed. *Here* is our estimate with its 95 % interval; differences of error are in points
(percent of the test images), the first method minus the second, one for each dataset where there
are several. A claim that was made on networks which the study does not have, or a question of
ours, *holds here* or *does not hold here*. [statistics.md](statistics.md) says how a verdict is
reached, [references.bib](../paper/references.bib) which papers these are, and `brainside trace
claims/NAME/verdict` shows the records behind a verdict.
"""


def picture(study: Study) -> Path:
    """The path of the study's figure that the README shows a copy of."""
    return paths.filled(paths.FIGURE, study=study.name, figure=PICTURE.stem, ending="png")


def files(study: Study, made: Mapping[Path, str] = {}) -> dict[Path, str]:
    """The texts, by path, that the study's table of claims gives: README and page of claims.

    One that is among `made`, by path, is not read from its file.
    Raises Refused when the README has no lines between which the scoreboard goes.
    """
    scoreboard = _scoreboard(rows_of(study, made))
    return {README: _with_scoreboard(_text(), scoreboard), CLAIMS_PAGE: page(study, made)}


def page(study: Study, made: Mapping[Path, str] = {}) -> str:
    """The text of the page of claims."""
    return "".join([INTRODUCTION, *_page(rows_of(study, made))])


def _text() -> str:
    try:
        return read_committed(README).decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{README}: not UTF-8 ({error}); {restore(README)}") from None


def _with_scoreboard(text: str, scoreboard: Iterable[str]) -> str:
    before, opened, rest = text.partition(FROM)
    _, closed, after = rest.partition(TO)
    if not opened or not closed:
        raise Refused(f"{README}: the lines {FROM.strip()!r} and {TO.strip()!r} are not in it")
    return "".join([before, FROM, *scoreboard, TO, after])


def _scoreboard(claims: list[Claim]) -> Iterator[str]:
    """A row per paper: how many claims there are of each verdict; one for those all pending."""
    linked = {paper: f"[{paper}]({CLAIMS_PAGE}#{slug(paper)})" for paper in by_paper(claims)}
    *papers, total = counts_by_paper(claims)
    pending = [(paper, counts) for paper, counts in papers if counts[0] == counts[-1]]
    rows = [(linked[paper], counts) for paper, counts in papers if counts[0] != counts[-1]]
    if pending:
        label = ", ".join(linked[paper] for paper, _ in pending)
        rows.append((label, [sum(column) for column in zip(*(c for _, c in pending), strict=True)]))
    yield "\n| paper | claims | reproduced | not reproduced | mixed | undecided | pending |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for label, counts in [*rows, total]:
        yield f"| {' | '.join([label, *map(str, counts)])} |\n"
    yield "\n"


def _page(claims: list[Claim]) -> Iterator[str]:
    """A section per paper: a row per claim, and the explanations below the table."""
    for paper, theirs in by_paper(claims).items():
        yield f"\n## {paper}\n\n"
        yield "| name | claim | in the paper | here, with 95 % interval | verdict |\n"
        yield "|---|---|---|---|---|\n"
        yield from map(_row, theirs)
        explained = [claim for claim in theirs if claim["explanation"]]
        yield "\n" if explained else ""
        yield from (f"- `{claim['id']}`: {claim['explanation']}\n" for claim in explained)


def _row(claim: Claim) -> str:
    cells = [f"`{claim['id']}`", claim["statement"], paper_value(claim), claim["ours"],
             claim["verdict"]]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"
