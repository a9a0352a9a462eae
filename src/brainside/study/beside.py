"""The configs beside the studies: papers' tables, former verdicts, and typed numbers.

What is wrong in them would otherwise be found when their numbers are made, after the training.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from brainside.base import paths
from brainside.base.budgets import parse_budget
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.lines import line_of
from brainside.networks.weights import weights_of
from brainside.study import claims
from brainside.study.configs import STUDY
from brainside.study.study import Study

Keys = tuple[str | int, ...]  # that lead to an entry of the file
Fault = tuple[Keys, str]  # where something is wrong, and what
OF_A_STUDY = {paths.PUBLISHED: "published", paths.FORMER_VERDICTS: "former_verdicts"}


def check(studies: Iterable[Study]) -> None:
    """Refuse what does not fit its schema or itself, and names that their study does not have.

    Files that are not there are left to `clone.check_fixed`.
    """
    by_name = {study.name: study for study in studies}
    if paths.TYPED_NUMBERS.exists():
        read_valid(paths.TYPED_NUMBERS, "typed_numbers")
    for path, schema in OF_A_STUDY.items():
        if path.exists():
            content = read_valid(path, schema)
            for keys, text in FAULTS[schema](content, by_name.get(content["study"])):
                raise Refused(f"{line_of(path, keys)}: {'.'.join(map(str, keys))}: {text}")


def check_owners() -> None:
    """Refuse a file of no study: what is made of it would be left as it is, and get old."""
    heads = sorted(paths.CONFIG.glob(f"*/{STUDY}"))
    known = [read_valid(head, "study")["name"] for head in heads]
    for path, schema in OF_A_STUDY.items():
        if (name := read_valid(path, schema)["study"]) not in known:
            place = line_of(path, ["study"])
            raise Refused(f"{place}: there is no study {name!r}; known: {', '.join(known)}")


def _of_tables(content: Mapping[str, Any], study: Study | None) -> Iterator[Fault]:
    """What is wrong with the papers' tables."""
    for kind in ("layers", "errors", "sizes"):
        for name, entry in content[kind].items():
            for keys, text in (*_budget(entry), *_unknown(entry, study), *_cells(entry)):
                yield (kind, name, *keys), text


def _budget(entry: Mapping[str, Any]) -> Iterator[Fault]:
    try:
        parse_budget(entry["budget"], "it")
    except Refused as refusal:
        yield ("budget",), str(refusal)


def _unknown(entry: Mapping[str, Any], study: Study | None) -> Iterator[Fault]:
    """The tasks and methods of a table that its study does not have."""
    if study is None:
        return
    for kind, known in (("task", study.config["tasks"]), ("method", study.config["methods"])):
        if kind in entry and entry[kind] not in known:
            yield (kind,), f"{study.path} has no {kind} {entry[kind]!r}"
    for method in entry.get("methods", []):
        if method not in study.config["methods"]:
            yield ("methods",), f"{study.path} has no method {method!r}"
    rows = _rows(entry, study)
    for row in entry.get("rows", []):
        if row not in rows:
            yield ("rows", row), f"{row!r} is none of {', '.join(rows)}"


def _rows(entry: Mapping[str, Any], study: Study) -> list[str]:
    """What the rows of a table may be: the study's tasks, or the layers of one, and their total."""
    tasks = study.config["tasks"]
    if "methods" in entry:
        return list(tasks)
    return [*weights_of(tasks[entry["task"]]["network"]), "total"] if entry["task"] in tasks else []


def _cells(entry: Mapping[str, Any]) -> Iterator[Fault]:
    """The rows of errors that have not one for each method, and a method that has none."""
    methods = entry.get("methods", [])
    if methods and entry["against"] not in methods:
        yield ("against",), f"{entry['against']!r} is none of the table's methods"
    for task, values in entry["rows"].items() if methods else []:
        if len(values) not in (0, len(methods)):
            yield ("rows", task), f"{len(values)} errors of {len(methods)} methods"


def _of_verdicts(content: Mapping[str, Any], study: Study | None) -> Iterator[Fault]:
    """Rules that nothing explains, and claims that the study does not judge."""
    judged = {claim["id"] for claim in claims.read(study)} if study else {*content["claims"]}
    for name, claim in content["claims"].items():
        if name not in judged:
            yield ("claims", name), "no claim of the study has this id"
        for rule in claim.get("changed_by", []):
            if rule not in content["rules"]:
                yield ("claims", name, "changed_by"), f"{rule!r} is not among the rules; add it"


FAULTS = {"published": _of_tables, "former_verdicts": _of_verdicts}
