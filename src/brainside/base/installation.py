"""The folder that commands run in is a project's root, and the code that runs is that folder's."""

import os
from pathlib import Path

from brainside.base.errors import Refused
from brainside.base.paths import DATASETS, PACKAGE


def root(here: Path) -> Path:
    """The nearest folder, from `here` up, that has the configs of studies; Refused without one."""
    for folder in (here, *here.parents):
        if (folder / DATASETS).is_file():
            return folder
    raise Refused(f"no {DATASETS} in {here} or above it; run this in a clone of BraInside")


def from_root(path: Path, here: Path, root: Path) -> Path:
    """A path that was given in the folder `here`, as the root has it.

    Whoever is in a folder below may write it from there, or from the root, as the documents do.
    """
    meant_from_root = (root / path).exists() and not (here / path).exists()
    if path.is_absolute() or meant_from_root:
        return path
    return Path(os.path.relpath(here / path, root))


def check_folder(package: Path = PACKAGE) -> None:
    """Refuse to run another folder's code, as a copied or a shared environment would.

    The folder is the nearest one, from the working directory up, that has this package's sources;
    outside of such folders any code is right.
    """
    here = Path.cwd()
    beside = [folder / "src/brainside" for folder in (here, *here.parents)]
    ours = next((path for path in beside if (path / "base").is_dir()), package)
    if ours.resolve() != package.resolve():
        raise Refused(
            f"{package} would run instead of {ours}, because the environment was made in another "
            "folder; `make install` makes one here, and PYTHONPATH=src does without"
        )
