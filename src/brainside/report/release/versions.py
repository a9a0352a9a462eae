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
    """The version that each file names; in the list of changes it is the newest one's."""
    newest = re.search(r"^## (\S+)", _text(CHANGES), re.MULTILINE)
    return {
        CHANGES: newest[1] if newest else "none",
        CITATION: str(yaml.safe_load(_text(CITATION))["version"]),
        ZENODO: json.loads(_text(ZENODO))["version"],
    }


def version() -> str:
    """The package's version; Refused where a file names another one."""
    for path, other in named().items():
        if other != __version__:
            raise Refused(f"{path} names version {other}, the package {__version__}; make them one")
    return __version__


def _text(path: Path) -> str:
    return read_whole(path).decode("utf-8")
