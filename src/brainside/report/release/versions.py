"""The version of a release, which four files name, so that they can differ."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from brainside import __version__
from brainside.base import strict_json, strict_yaml
from brainside.base.errors import Refused
from brainside.base.files import read_committed, restore

CHANGES, CITATION, ZENODO = Path("CHANGELOG.md"), Path("CITATION.cff"), Path(".zenodo.json")
FILES = (CHANGES, CITATION, ZENODO)


def named(path: Path) -> str:
    """The version that a file names, in the list of changes the newest; Refused if damaged."""
    try:
        return str(_content(path)["version"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Refused(f"{path}: names no version; {restore(path)}") from None


def _content(path: Path) -> Any:
    if path == CITATION:
        return strict_yaml.load(path, "citation")
    text = read_committed(path).decode()
    if path == ZENODO:
        return strict_json.loads(text)
    return {"version": re.findall(r"^## (\S+)", text, re.MULTILINE)[0]}


def differing(path: Path) -> Iterator[str]:
    """Whether a file names another version than the package's; Refused where it names none."""
    if (version := named(path)) != __version__:
        yield f"{path}: names version {version}, the package {__version__}; make them one"


def version() -> str:
    """The package's version; Refused where a file names another one."""
    for path in FILES:
        for finding in differing(path):
            raise Refused(finding)
    return __version__
