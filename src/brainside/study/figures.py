"""Where a study's figures are drawn: one module of report/figures each, whose `draw` says what its
options may be."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.study.configs import Place
from brainside.study.study import Study

# What a config has for an annotation of Python, by its first word.
TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str, "float": (int, float), "list": list, "Sequence": list, "tuple": list,
    "Mapping": dict,
}  # fmt: skip
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


def check(study: Study) -> None:
    """Refuse a study with a figure that nothing draws, or with options that its file has not."""
    for name, entry in study.config["figures"].items():
        path = drawer(study, name)
        for option, fault in _faults(path, entry.get("options", {})):
            keys = ("figures", name, "options", *([option] if option else []))
            raise Refused(f"{Place(study.path, keys)}: {fault}")


def _faults(path: Path, given: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with a figure's options, by the signature of its file's `draw`."""
    known = _options(path)
    for option, value in given.items():
        if option not in known:
            yield option, f"{path.stem} has no such option; known: {', '.join(known) or 'none'}"
        elif not _fits(known[option][0], value):
            yield option, f"{value!r} is not allowed; it is {ast.unparse(known[option][0])}"
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


def _fits(annotation: ast.expr, value: Any) -> bool:
    """Whether a value of the config is what an annotation says; of lists the items are not seen."""
    if isinstance(annotation, ast.BinOp):  # one | other
        return _fits(annotation.left, value) or _fits(annotation.right, value)
    if isinstance(annotation, ast.Subscript):
        if ast.unparse(annotation.value) == "Literal":
            values = ast.literal_eval(annotation.slice)
            return value in (values if isinstance(values, tuple) else (values,))
        return _fits(annotation.value, value)
    return isinstance(value, TYPES.get(ast.unparse(annotation), ()))
