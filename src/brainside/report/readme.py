"""The README's scoreboard: verdicts by paper, every claim, and the main figure beside them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.paths import README
from brainside.report.tex.claims import counts_by_paper, rows_of, verdict_text
from brainside.study.study import Study

PICTURE = Path("results/error_by_budget.png")  # in git, as figures are not
FROM, TO = "<!-- scoreboard: made by `brainside scoreboard` -->\n", "<!-- end of scoreboard -->\n"
Claim = Mapping[str, Any]


def picture(study: Study) -> Path:
    """Where the study's figure is of which the README shows a copy."""
    return paths.filled(paths.FIGURE, study=study.name, figure=PICTURE.stem, ending="png")


def readme(study: Study, path: Path = README) -> str:
    """The README with the scoreboard that the study's table of claims gives.

    Raises Refused where it has no place for it.
    """
    before, opened, rest = path.read_text().partition(FROM)
    _, closed, after = rest.partition(TO)
    if not opened or not closed:
        raise Refused(f"{path}: the lines {FROM.strip()!r} and {TO.strip()!r} are not in it")
    return "".join([before, FROM, *_lines(rows_of(study)), TO, after])


def _lines(found: Sequence[Claim]) -> Iterator[str]:
    yield "\n| paper | claims | reproduced | not reproduced | undecided | pending |\n"
    yield "|---|---|---|---|---|---|\n"
    for paper, counts in counts_by_paper(found):
        yield f"| {' | '.join([paper, *map(str, counts)])} |\n"
    yield "\n<details>\n<summary>Every claim, and what the records say</summary>\n\n"
    yield "| claim | in the paper | here, with 95 % interval | verdict |\n|---|---|---|---|\n"
    for claim in found:
        sure = "" if claim["confidence"] == "confirmed" else f" ({claim['confidence']})"
        cells = [f"{claim['paper']}: {claim['statement']}", f"{claim['paper_value']}{sure}",
                 claim["ours"], verdict_text(claim)]  # fmt: skip
        yield f"| {' | '.join(cells)} |\n"
    yield "\n</details>\n\n"
