"""The catalogue of datasets: config/datasets.yaml, read without torch.

The workflow reads the digests at every start to expand its paths, so this module stays light.
"""

import importlib
import os
from collections.abc import Container
from functools import lru_cache
from pathlib import Path
from typing import Any

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.files import State, state
from brainside.base.paths import DATASETS, PACKAGE

# Datasets that `preparation` reads or makes, known here so that it is not loaded at every start.
IDX = ("mnist", "fashion-mnist")
VARIATIONS = ("basic", "rot", "bg-rand", "bg-img", "bg-img-rot")
SHAPES = ("rect", "convex")
READ = (*IDX, "cifar10", "usps", "digits", *VARIATIONS, *SHAPES)
MIRRORS_VARIABLE = "BRAINSIDE_DATA_MIRRORS"


def catalogue() -> dict[str, Any]:
    """The content of config/datasets.yaml in the current directory, or else in the repository.

    Its keys are `datasets`, `photographs` and `mirrors`. All callers share it: do not modify it.
    Raises Refused when the file is missing or does not fit its schema.
    """
    for path in (DATASETS, PACKAGE.parents[1] / DATASETS):
        if found := state(path):
            return _parsed(path, found)
    raise Refused(f"{DATASETS} is missing: run the command from the root of the repository")


@lru_cache(maxsize=8)
def _parsed(path: Path, _: State) -> dict[str, Any]:
    catalogue: dict[str, Any] = read_valid(path, "datasets")
    return catalogue


def entry(name: str) -> dict[str, Any]:
    """The catalogue's entry for a dataset; Refused, with the known names, when it has none."""
    known: dict[str, dict[str, Any]] = catalogue()["datasets"]
    if name not in known:
        raise Refused(f"unknown dataset {name!r}; known: {', '.join(known)}")
    return known[name]


def readable(name: str) -> dict[str, Any]:
    """The entry of a dataset; Refused where it has none, or where no code reads or makes it."""
    found = entry(name)
    if name not in READ and name not in _sources():
        raise Refused(
            f"{DATASETS} has the dataset {name!r}, but nothing reads it: it needs a function in "
            "SOURCES of src/brainside/data/preparation.py"
        )
    return found


def _sources() -> Container[str]:
    """The names of all datasets that code reads or makes, a user's own code included."""
    sources: dict[str, Any] = importlib.import_module("brainside.data.preparation").SOURCES
    return sources


def mirrors() -> list[Path]:
    """Folders to look for published files in: BRAINSIDE_DATA_MIRRORS first, then the config.

    Raises Refused for one in the home of a user who is unknown here.
    """
    named = os.environ.get(MIRRORS_VARIABLE, "").split(os.pathsep)
    places = ((MIRRORS_VARIABLE, named), (f"{DATASETS}: mirrors", catalogue().get("mirrors", [])))
    return [_at_home(folder, place) for place, folders in places for folder in folders if folder]


def _at_home(folder: str, place: str) -> Path:
    try:
        return Path(folder).expanduser()
    except RuntimeError:
        raise Refused(f"{place}: there is no home folder for {folder!r}; write its path") from None
