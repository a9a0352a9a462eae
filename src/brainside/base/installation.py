"""The code that runs is that of the folder that it runs in."""

from pathlib import Path

from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE


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
            f"{package} would run in the place of {ours}, because the environment was made in "
            "another folder; `make install` makes one here, and PYTHONPATH=src does without"
        )
