"""The committed files of a clone that rules read and no rule makes."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.files import committed_text, restore
from brainside.study import beside, claims, products
from brainside.study.study import Study

CAPTIONS = ("workflow", "figure", "claims", "document", "site")  # of Snakemake's report


def in_clone() -> bool:
    """Whether the working directory has the workflow itself, and so documents and records too.

    With `--directory`, and as a module of another workflow, it has configs and nothing else.
    """
    return paths.RULES.is_dir()


def check_fixed(studies: Iterable[Study]) -> None:
    """Refused where a committed file is missing, or none, that rules read and no rule makes.

    Snakemake would leave out the rules that read it, and call their old outputs the present ones.
    Outside of a clone archived studies are refused, as their records are in clones.
    """
    studies = list(studies)
    archived = [study for study in studies if not study.live]
    if archived and not in_clone():
        raise Refused(
            f"{paths.WORKFLOW}: {archived[0].path} is archived, and this folder has no archive; "
            "keep live studies only, or run this in a clone"
        )
    for path in fixed(studies):
        _check_file(path)
    if in_clone():
        _check_program(paths.LATEX)
        beside.check_owners()


def _check_file(path: Path) -> None:
    """Refused unless it is a file of text."""
    if path.is_dir():
        raise Refused(f"{path} is a folder where a file belongs; remove it, and {restore(path)}")
    if not path.exists():
        raise Refused(f"{path} is missing; {restore(path)}")
    committed_text(path)


def _check_program(path: Path) -> None:
    """Refused unless it is a script that can be executed."""
    if not path.read_bytes().startswith(b"#!"):
        raise Refused(f"{path} is no script; {restore(path)}")
    if not os.access(path, os.X_OK):
        raise Refused(f"{path} is not executable; `chmod +x {path}` makes it so")


def fixed(studies: Iterable[Study]) -> list[Path]:
    """The committed files that rules read and no rule makes."""
    studies = list(studies)
    files = [paths.PUBLISHED, paths.FORMER_VERDICTS, paths.DATASETS]
    files += [path for study in studies for path in claims.files(study)]
    return [*files, *_of_documents(studies)] if in_clone() else files


def _of_documents(studies: Iterable[Study]) -> list[Path]:
    """What the documents and notebooks of a clone are made from, but for configs."""
    files = [paths.REFERENCES, paths.STYLE, paths.ENVIRONMENT, paths.MANIFEST, paths.LATEX]
    files += [paths.TYPED_NUMBERS, *map(Path, products.site_assets())]
    files += [paths.CAPTIONS / f"{name}.rst" for name in CAPTIONS]
    files += [paths.NOTEBOOK_SOURCES / kept.name for kept in paths.NOTEBOOKS.glob("*.ipynb")]
    return [*files, *(path for study in studies for path in texts(study.report))]


def texts(report: str) -> list[Path]:
    """The hand-written text of a document, and the sections that it takes in."""
    text = Path(paths.TEXT.format(report=report))
    return [text, *_sections_of(text)]


def _sections_of(text: Path) -> list[Path]:
    """The hand-written files that a document takes in, by its own words."""
    words = text.read_text(encoding="utf-8", errors="replace") if text.is_file() else ""
    return [
        paths.SECTIONS / f"{name}.tex" for name in re.findall(r"\\input\{sections/(\w+)\}", words)
    ]
