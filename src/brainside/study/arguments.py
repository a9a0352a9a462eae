"""The arguments of the checks of claims, by the signatures of their functions in `analysis`.

They are read without importing it, so that a study's plan refuses what would end in its claims.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from brainside.base.paths import PACKAGE

FILES = ("checks", "coded_checks", "graph_checks")
ONE = "str"  # the annotation of what may not be a list
Arguments = dict[str, tuple[str, bool]]  # by name the annotation, and whether it must be given
Fault = tuple[str, str]  # the argument (or the check itself) that is wrong, and why


def faults(made: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with a check's arguments: unknown or missing ones, and lists of a wrong length.

    What each may be by itself is in the schema of claims.
    """
    check, tasks = made["check"], made["tasks"]
    known = signatures()[check]
    for name, value in made.items():
        if name == "check":
            continue
        if name not in known:
            yield name, f"{check} has no such argument; it takes: {', '.join(known)}"
        elif not isinstance(value, list):
            continue
        elif known[name][0] == ONE:
            yield name, f"{check} takes one, not a list"
        elif "str | list" in known[name][0] and len(value) != len(tasks):
            yield name, f"{len(value)} are named for {len(tasks)} tasks; name one, or one for each"
    for name, (_, required) in known.items():
        if required and name not in made:
            yield "check", f"{check} needs {name!r}"


@lru_cache
def signatures() -> dict[str, Arguments]:
    """The keyword arguments of every check by its name."""
    trees = [
        ast.parse((PACKAGE / f"analysis/{file}.py").read_text(encoding="utf-8")) for file in FILES
    ]
    functions = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {function.name: _arguments(function.args) for function in functions}


def _arguments(args: ast.arguments) -> Arguments:
    return {
        arg.arg: (ast.unparse(arg.annotation) if arg.annotation else "", default is None)
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    }
