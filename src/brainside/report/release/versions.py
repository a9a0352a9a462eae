"""The version of a release, which four files name, so that they can differ."""

import json
import re
from pathlib import Path

import yaml

from brainside import __version__
from brainside.base.errors import Refused
from brainside.base.files import read_whole

CHANGES, CITATION, ZENODO = Path("CHANGELOG.md"), Path("CITATION.cff"), Path(".zenodo.json")


def named() -> dict[Path, str]:
    """The version that each file names, in the list of changes the newest; Refused if damaged."""
    return {path: _named(path) for path in (CHANGES, CITATION, ZENODO)}


def _named(path: Path) -> str:
    try:
        text = read_whole(path).decode()
        if path == CHANGES:
            return re.findall(r"^## (\S+)", text, re.MULTILINE)[0]
        return str((yaml.safe_load if path == CITATION else json.loads)(text)["version"])
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError):
        raise Refused(f"{path}: names no version; `git restore {path}` brings it back") from None


def version() -> str:
    """The package's version; Refused where a file names another one."""
    for path, other in named().items():
        if other != __version__:
            raise Refused(
                f"{path}: names version {other}, the package {__version__}; make them one"
            )
    return __version__
