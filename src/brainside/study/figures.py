"""A study's figures: the module of report/figures that draws each, and what its options may be."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.study import plotdata
from brainside.study.configs import Place
from brainside.study.options import misfit
from brainside.study.study import Study

Fault = tuple[str | None, str]  # an option, or none where all of them are meant, and what is wrong


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


def check(study: Study, names: Iterable[str] | None = None) -> None:
    """Refuse figures that no file draws, whose options its `draw` does not take, or without data.

    Those of these `names`, or all of a study. Without data is a figure whose plot data no sweep
    has.
    """
    for name in study.config["figures"] if names is None else names:
        path = drawer(study, name)
        for option, fault in _faults(study, name, path):
            keys = ("figures", name, "options", *([option] if option else []))
            raise Refused(f"{Place(study.path, keys)}: {fault}")
        plotdata.check(study, name)


def _faults(study: Study, name: str, path: Path) -> Iterator[Fault]:
    """What is wrong with a figure's options, by the signature of its file's `draw`."""
    known, given = _options(path), study.config["figures"][name].get("options", {})
    for option, value in given.items():
        if option not in known:
            yield option, f"{path.stem} has no such option; known: {', '.join(known) or 'none'}"
        elif fault := misfit(known[option][0], value, study, name):
            yield option, fault
    for option, (_, required) in known.items():
        if required and option not in given:
            yield None, f"{path.stem} needs the option {option!r}"


def _options(path: Path) -> dict[str, tuple[ast.expr, bool]]:
    """The arguments of `draw` but for the tables: annotation, and whether it must be given."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    draw = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "draw")
    positional = draw.args.args[1:]
    required = [True] * (len(positional) - len(draw.args.defaults))
    pairs = [*zip(positional, [*required, *[False] * len(draw.args.defaults)], strict=True),
             *((arg, default is None) for arg, default in
               zip(draw.args.kwonlyargs, draw.args.kw_defaults, strict=True))]  # fmt: skip
    return {arg.arg: (arg.annotation, needed) for arg, needed in pairs if arg.annotation}
