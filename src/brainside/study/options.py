"""What options of figures may be, by the annotations of the functions that draw.

An option that names something of a study (a method, a layer, …) says so by an alias of
report/figures/shared/names.py, which is looked up here.
"""

import ast
from collections.abc import Callable, Collection, Iterator
from typing import Any

from brainside.base import paths
from brainside.base.budgets import parse_budget, tag
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.networks.weights import weights_of
from brainside.study.plotdata import plotdata
from brainside.study.study import Study
from brainside.study.sweeps import Sweep
from brainside.study.versions import literal

# What a config has for an annotation of Python, by its first word.
TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str, "float": (int, float), "list": list, "Sequence": list, "Mapping": dict,
}  # fmt: skip


def misfit(annotation: ast.expr, value: Any, study: Study, figure: str) -> str | None:
    """Why a value of a figure's options, or an item in it, is not as annotated; None if it is."""
    kind = ast.unparse(annotation)
    refusal = f"{value!r} is not allowed; it is {kind}"
    if kind in NAMED:
        return _unknown(kind, value, study, figure)
    if kind == "Range":
        wrong = f"{value!r} is not a range; write the smaller number first"
        return None if _rises(value) else wrong
    if isinstance(annotation, ast.BinOp):  # one | other
        sides = (annotation.left, annotation.right)
        faults = {side: misfit(side, value, study, figure) for side in sides}
        if None in faults.values():
            return None
        meant = [side for side in sides if isinstance(value, list) == (_type(side) is list)]
        return faults[meant[0]] if meant else refusal
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Literal":
        values = ast.literal_eval(annotation.slice)
        return None if value in (values if isinstance(values, tuple) else (values,)) else refusal
    if not isinstance(value, _type(annotation)) or isinstance(value, bool):
        return refusal
    if not isinstance(annotation, ast.Subscript):
        return None
    return next(filter(None, _inside(annotation.slice, value, study, figure)), None)


def _inside(annotation: ast.expr, value: Any, study: Study, figure: str) -> Iterator[str | None]:
    """The misfits of the items of a list, or of the names and the values of a mapping."""
    parts = annotation.elts if isinstance(annotation, ast.Tuple) else [annotation]
    for item in value.items() if isinstance(value, dict) else zip(value, strict=True):
        for part, each in zip(parts, item, strict=True):
            yield misfit(part, each, study, figure)


def _type(annotation: ast.expr) -> type | tuple[type, ...]:
    """The type that a config has for an annotation; no type for one that is not in TYPES."""
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return TYPES.get(ast.unparse(outer), ())


def _rises(value: Any) -> bool:
    numbers = isinstance(value, list) and all(type(end) in (int, float) for end in value)
    return numbers and len(value) == 2 and value[0] < value[1]


def _unknown(kind: str, value: Any, study: Study, figure: str) -> str | None:
    """Why a value is no name of its kind; None where it is one, or where nothing is drawn."""
    what, find = NAMED[kind]
    known = find(study, figure)
    if not _sweeps(study, figure):
        return None
    if isinstance(value, str | float | int) and _text(kind, value) in known:
        return None
    return f"{value!r} is not a {what}; known: {', '.join(known) or 'none'}"


def _text(kind: str, value: str | float) -> str | float:
    """A name as the known ones are written: budgets as in the names of files."""
    try:
        return tag(parse_budget(value, kind)) if kind == "Budget" else value
    except Refused:
        return value


def _sweeps(study: Study, figure: str) -> list[Sweep]:
    """The sweeps that a figure shows, but for references that it does not name."""
    entry = study.config["figures"][figure]
    tasks = entry.get("tasks", study.config["tasks"])
    methods = entry.get("methods", study.config["methods"])
    return [s for s in study.sweeps if s.task in tasks and s.method in methods]


def _methods(study: Study, figure: str) -> list[str]:
    methods = [sweep.method for sweep in _sweeps(study, figure)]
    return list(dict.fromkeys([*methods, "reference"]))


def _budgets(study: Study, figure: str) -> list[str]:
    """Those of the figure's plot data where it has any, or else of its sweeps."""
    made = plotdata(study, figure) or _sweeps(study, figure)
    budgets = {budget for each in made for budget in each.budgets}
    return [tag(budget) for budget in sorted(budgets, reverse=True)]


def _layers(study: Study, figure: str) -> list[str]:
    """Those that the networks of all the figure's tasks have."""
    tasks = {sweep.task for sweep in _sweeps(study, figure)}
    networks = [weights_of(study.config["tasks"][task]["network"]) for task in sorted(tasks)]
    return [name for name in (networks or [{}])[0] if all(name in each for each in networks)]


def _codecs(study: Study, _: str) -> list[str]:
    return list(study.config["codings"]["codecs"]) if "codings" in study.config else []


def _columns(*_: object) -> list[str]:
    return list(literal("report/figures/curves.py", "LABELS"))


def _tables(kind: str) -> Callable[[Study, str], Collection[str]]:
    def tables(study: Study, _: str) -> list[str]:
        """The names of the published tables of this kind, if they are of the study."""
        published = read_valid(paths.PUBLISHED, "published")
        return list(published[kind]) if published["study"] == study.name else []

    return tables


# By alias: what is named, in words, and which of it a figure may name.
NAMED: dict[str, tuple[str, Callable[[Study, str], Collection[str]]]] = {
    "Method": ("method of the figure", _methods),
    "Column": ("column that curves can be of", _columns),
    "Codec": ("codec of the study", _codecs),
    "Layer": ("layer of the figure's networks", _layers),
    "Budget": ("budget of what the figure shows", _budgets),
    "ErrorTable": ("table of errors in config/published.yaml", _tables("errors")),
    "LayerTable": ("table of layers in config/published.yaml", _tables("layers")),
}
