"""Where a study's figures are drawn: one module of report/figures each."""

from pathlib import Path

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.study.configs import Place
from brainside.study.study import Study


def drawer(study: Study, name: str) -> Path:
    """The file that draws a figure; Refused where the package has none of that name."""
    module = study.config["figures"][name]["draw"]
    path = PACKAGE / f"report/figures/{module}.py"
    if not path.exists():
        place = Place(study.path, ("figures", name, "draw"))
        raise Refused(f"{place}: src/brainside/report/figures/{module}.py is missing")
    return path


def experiment(study: Study, name: str) -> str:
    """The title of the experiment that has a figure, or else the name of its file."""
    file = Path(Place(study.path, ("figures", name)).line.partition(":")[0])
    title: str = read_valid(file, "experiment").get("title", file.stem)
    return title


def check(study: Study) -> None:
    """Refuse a study with a figure that nothing draws."""
    for name in study.config["figures"]:
        drawer(study, name)
