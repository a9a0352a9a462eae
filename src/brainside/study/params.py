"""What the `params` of a method may be, read from its file without importing it (or PyTorch).

A method's file declares them in a literal constant, by function and by name:

    PARAMS = {
        "sweep": {
            "like": "shared.pruning.prune_by",      # all that another function takes and needs, and
            "needs": ["reference", "matrices"],     # what of DEMANDS (in demands.py) it needs, and
            "curvature": ["full", "gauss-newton"],  # one of these values
            "absolute?": "flag",                    # a kind; with ? it may be left out
            "shape": {"kernel": "whole"},           # a mapping of exactly these fields
            "hubs": {"*": "whole"},                 # a mapping of any names
        },
        "control": "shared.pruning.prune_by",       # nothing but what the other function takes
    }

The kinds are those of KINDS. A parameter comes from `params` or is drawn by the method's search,
which draws fields of the recipe, too: what these may be is in the schema of configs.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainside.base.configs import definitions, misfit
from brainside.base.errors import Refused
from brainside.study.configs import Place
from brainside.study.versions import literal

Kind = str | list[str] | dict[str, Any]
Keys = tuple[str, ...]  # they lead to an entry of the config
Fault = tuple[Keys, str]  # where something is wrong, and what


MOST_WHOLE, MOST = 1_000_000, 1e9  # what no method's mathematics needs more of


def _number(value: object, least: float = 0.0, most: float = MOST) -> bool:
    return type(value) in (int, float) and least <= value <= most  # type: ignore[operator]


def _whole(value: object, least: int = 1, most: int = MOST_WHOLE) -> bool:
    return type(value) is int and least <= value <= most


# The kinds of values, in words and as tests.
KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "flag": ("true or false", lambda value: type(value) is bool),
    "whole": (f"a whole number from 1 to {MOST_WHOLE:,}", _whole),
    "bits": ("a whole number from 1 to 8", lambda value: _whole(value, most=8)),
    "images": ("a number of training images", lambda value: _whole(value, most=MOST_WHOLE**2)),
    "some images": (
        "a number of training images, but not all",
        lambda value: _whole(value, most=MOST_WHOLE**2),
    ),
    "rank": ("a number of hubs, no more than inputs or units", _whole),
    "widening": ("a whole number, by which hidden layers of an mlp get wider", _whole),
    "count": (f"a whole number from 0 to {MOST_WHOLE:,}", lambda value: _whole(value, 0)),
    "positive": (f"a number above 0, {MOST:g} at most", lambda v: _number(v) and v > 0),
    "nonnegative": (f"a number from 0 to {MOST:g}", _number),
    "fraction": ("a number from 0 to 1", lambda value: _number(value, most=1)),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function: the kind of its values, and whether it must be given."""

    kind: Kind
    required: bool


def declared(function: str, package: Path | None = None) -> dict[str, Parameter]:
    """The parameters of a function (`file.function`) by name, as its file declares them.

    The file is in `methods` of this package, or of another folder.

    Raises FileNotFoundError where the file is missing, Refused where it has no (or a wrong)
    declaration of the function.
    """
    file, name, entry = _declaration(function, package)
    if isinstance(entry, str):
        return declared(entry, package)
    inherited = declared(entry["like"], package) if "like" in entry else {}
    own = {
        field.removesuffix("?"): Parameter(kind, not field.endswith("?"))
        for field, kind in entry.items()
        if field not in ("like", "needs")
    }
    for field, parameter in own.items():
        if stray := _unknown_kind(parameter.kind):
            raise Refused(
                f"src/brainside/{file}: PARAMS: {name}: {field}: unknown kind {stray!r}; "
                f"known: {', '.join(KINDS)}"
            )
    return inherited | own


def needs(function: str, package: Path | None = None) -> list[str]:
    """What a function needs of its methods and tasks, as its file declares it; raises as above."""
    _, _, entry = _declaration(function, package)
    if isinstance(entry, str):
        return needs(entry, package)
    own: list[str] = entry.get("needs", needs(entry["like"], package) if "like" in entry else [])
    return own


def _declaration(function: str, package: Path | None) -> tuple[str, str, str | dict[str, Any]]:
    """The file of a function, its name there, and its entry in PARAMS."""
    module, _, name = function.rpartition(".")
    file = f"methods/{module.replace('.', '/')}.py"
    try:
        return file, name, literal(file, "PARAMS", package)[name]
    except (LookupError, ValueError):
        raise Refused(f"src/brainside/{file} has no literal PARAMS with {name!r}") from None


def _unknown_kind(kind: Kind) -> str | None:
    if isinstance(kind, dict):
        return next(filter(None, map(_unknown_kind, kind.values())), None)
    return kind if isinstance(kind, str) and kind not in KINDS else None


def check(config: Mapping[str, Any], path: Path) -> None:
    """Refuse the first method of a study whose parameters are not those that its function takes.

    One line names the config, the method, the parameter, its value, and what is allowed. A method
    whose file is missing is left to the expansion, which refuses it where it is used.
    """
    for keys, text in faults(config):
        raise Refused(f"{Place(path, keys)}: {text}")


def faults(config: Mapping[str, Any]) -> Iterator[Fault]:
    """All that is wrong with the parameters and searches of a study: where it is, and what."""
    for section in ("methods", "tasks"):
        for name, entry in config[section].items():
            for field, values in entry.get("search", {}).items():
                if field in _recipe():
                    yield from _of_recipe(field, values, (section, name, "search", field))
    for name, entry in config["methods"].items():
        try:
            parameters = declared(entry["function"])
        except FileNotFoundError:
            continue
        except Refused as refusal:
            yield ("methods", name, "function"), str(refusal)
        else:
            yield from _of_method(config, name, parameters)


def _of_method(
    config: Mapping[str, Any], name: str, parameters: Mapping[str, Parameter]
) -> Iterator[Fault]:
    """The faults of a method: of the parameters given, of those drawn, and those missing."""
    entry = config["methods"][name]
    source = entry.get("search_of", name)
    given = entry.get("params", {})
    space = config["methods"].get(source, {}).get("search", {})
    takes = f"{entry['function']} takes: {', '.join(parameters) or 'no parameter'}"
    for field, value in given.items():
        where = ("methods", name, "params", str(field))
        if field in parameters:
            yield from misfits(parameters[field].kind, value, where)
        else:
            yield where, f"{value!r} is for no parameter; {takes}"
    for field, values in space.items():
        where = ("methods", source, "search", field)
        if field in parameters:
            yield from _of_range(parameters[field].kind, values, where)
            yield from _of_tasks(config, field, parameters[field].kind)
        elif field not in _recipe():
            yield where, f"no field of the recipe and no parameter of {name}; {takes}"
    for field, parameter in parameters.items():
        if parameter.required and field not in given and field not in space:
            needed = f"parameter {field!r} is missing from params and search"
            yield ("methods", name), f"{needed}; write {_words(parameter.kind)}"


def _recipe() -> Container[str]:
    """The fields of the recipe."""
    fields: dict[str, Any] = definitions()["recipe"].get("properties", {})
    return fields


def _of_recipe(field: str, values: Mapping[str, list[Any]], where: Keys) -> Iterator[Fault]:
    """The faults of what a search draws for a field of the recipe."""
    for value in _drawn(values):
        if reason := misfit({field: value}, "recipe"):
            yield where, f"{value!r} is not allowed; {reason}"


def _drawn(values: Mapping[str, list[Any]]) -> list[Any]:
    """What a search draws: items of a list, or real numbers between two ends."""
    return [*values.get("choice", []), *map(float, values.get("log_uniform", []))]


def _of_tasks(config: Mapping[str, Any], field: str, kind: Kind) -> Iterator[Fault]:
    """The faults of the ranges that tasks have instead of a method's."""
    for task, entry in config["tasks"].items():
        if field in entry.get("search", {}):
            yield from _of_range(kind, entry["search"][field], ("tasks", task, "search", field))


def _of_range(kind: Kind, values: Mapping[str, list[Any]], where: Keys) -> Iterator[Fault]:
    """The faults of what a search draws from: a list, or the ends of a range of real numbers."""
    for value in _drawn(values):
        yield from misfits(kind, value, where)


def misfits(kind: Kind, value: Any, where: Keys) -> Iterator[Fault]:
    """The faults of a value: none where it is of its kind."""
    if isinstance(kind, str):
        right = KINDS[kind][1](value)
    elif isinstance(kind, list):
        right = isinstance(value, str) and value in kind
    else:
        right = isinstance(value, dict) and ("*" in kind or value.keys() == kind.keys())
    if not right:
        yield where, f"{value!r} is not allowed; write {_words(kind)}"
    elif isinstance(kind, dict):
        for field, part in value.items():
            own = kind["*"] if "*" in kind else kind[field]
            yield from misfits(own, part, (*where, str(field)))


def _words(kind: Kind) -> str:
    """What is allowed, in words."""
    if isinstance(kind, str):
        return KINDS[kind][0]
    if isinstance(kind, list):
        return " or ".join(kind)
    if "*" in kind:
        return f"a mapping of names, each with {_words(kind['*'])}"
    return f"a mapping with {', '.join(kind)}"
