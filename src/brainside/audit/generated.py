"""Files that are made of the records, against what the records give."""

from collections.abc import Iterator
from pathlib import Path

from brainside.analysis import claims, coding_tables, tables
from brainside.base import paths
from brainside.base.files import read_whole
from brainside.report import readme
from brainside.report.tex import numbers
from brainside.report.tex.claims import rows_of
from brainside.study.study import Study

REMEDY = "`snakemake --cores 8` makes it again"


def differing(study: Study) -> Iterator[str]:
    """Tables and TeX as they are made of the records, against the files; and files beside them."""
    made: set[Path] = set()
    sound = True
    for files in (tables.files, coding_tables.files, claims.files, numbers.files):
        try:
            texts = files(study)
        except (LookupError, ValueError, TypeError):
            if sound:
                raise
            yield f"{paths.GENERATED}: not compared, as a table is damaged; {REMEDY}"
            return
        made |= texts.keys()
        wrong = [line for path, text in texts.items() for line in _same(path, text)]
        sound &= not wrong
        yield from wrong
    for folder in {path.parent for path in made if path.parent.exists()}:
        for path in sorted(path for path in folder.iterdir() if path not in made):
            yield f"{path}: no command makes it; delete it"


def scoreboard(study: Study) -> Iterator[str]:
    """The scoreboard of the study whose claims are judged, its page of claims and its picture."""
    if not paths.README.exists() or not rows_of(study):
        return
    remedy = f"`brainside scoreboard {study.path}` makes it again"
    for path, text in readme.files(study).items():
        yield from _same(path, text, remedy)
    drawn, shown = readme.picture(study), readme.PICTURE
    if drawn.exists() and drawn.read_bytes() != read_whole(shown):
        yield f"{shown}: is not {drawn}; {remedy}"


def _same(path: Path, text: str, remedy: str = REMEDY) -> Iterator[str]:
    blob = path.read_bytes() if path.exists() else b""
    if blob == text.encode():
        return
    lines, ours = blob.decode(errors="replace").splitlines(), text.splitlines()
    pairs = zip([*lines, ""], [*ours, ""], strict=False)
    line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), len(ours))
    yield f"{path}:{line}: is not what the records give; {remedy}"
