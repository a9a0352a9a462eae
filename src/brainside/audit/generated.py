"""Files that are made of the records, against what the records give."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from brainside.analysis import claims, coding_tables, tables
from brainside.audit.told import REMEDY, told
from brainside.base import paths
from brainside.base.files import read_committed, read_whole, restore
from brainside.report import readme
from brainside.report.tex import numbers
from brainside.report.tex.claims import rows_of
from brainside.study.study import Study


def differing(study: Study) -> Iterator[str]:
    """Tables and texts as they are made of the records, against the files; and files beside them.

    Texts are made of the tables that the records give, whatever is in the tables' files.
    """
    made: dict[Path, str] = {}
    for files in (tables.files, coding_tables.files, claims.files):
        made |= (texts := files(study))
        yield from _all_same(texts)
    texts = numbers.files(study, made)
    yield from _all_same(texts)
    yield from told(_scoreboard(study, made))
    made |= texts
    for folder in {path.parent for path in made if path.parent.exists()}:
        for path in sorted(path for path in folder.iterdir() if path not in made):
            yield f"{path}: no command makes it; delete it"


def _scoreboard(study: Study, made: Mapping[Path, str]) -> Iterator[str]:
    """The scoreboard of the study whose claims are judged, its page of claims and its picture."""
    if not paths.README.exists() or not rows_of(study, made):
        return
    remedy = f"`brainside scoreboard {study.path}` makes it again"
    yield from told(_picture(study, remedy))
    yield from _all_same({paths.CLAIMS_PAGE: readme.page(study, made)}, remedy)
    yield from _all_same(readme.files(study, made), remedy)  # last, as it is refused with README


def _picture(study: Study, remedy: str) -> Iterator[str]:
    drawn, shown = readme.picture(study), readme.PICTURE
    if drawn.is_file() and drawn.read_bytes() != read_committed(shown):
        yield f"{shown}: is not {drawn}; {remedy}"


def _all_same(texts: Mapping[Path, str], remedy: str = REMEDY) -> Iterator[str]:
    for path, text in texts.items():
        yield from told(_same(path, text, remedy))


def _same(path: Path, text: str, remedy: str) -> Iterator[str]:
    blob = read_whole(path, f"{restore(path)}, or {remedy}") if path.exists() else b""
    if blob == text.encode():
        return
    lines, ours = blob.decode(errors="replace").splitlines(), text.splitlines()
    pairs = zip([*lines, ""], [*ours, ""], strict=False)
    line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), len(ours))
    yield f"{path}:{line}: is not what the records give; {remedy}"
