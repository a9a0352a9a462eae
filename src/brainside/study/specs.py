"""The specs of sweeps and searches: what of a config goes into their keys."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused
from brainside.data.catalogue import catalogue
from brainside.study.configs import Place
from brainside.study.reported import parsed
from brainside.study.schema import StudyConfig, TaskEntry
from brainside.study.sweeps import Sweep
from brainside.study.versions import method_version, numerics

# What of a method's entry is in it as it is.
FIELDS = ("function", "recipe", "params", "budget_of", "weights_of")


def spec_of(
    config: StudyConfig,
    path: Path,
    task: str,
    entry: dict[str, Any],
    budgets: list[float],
    seed: int,
    parent: Sweep | None,
) -> dict[str, Any]:
    """The spec of a sweep or a search: task, a method's entry, budgets, seed, start, versions."""
    return {
        "task": _task_spec(config, path, task),
        "method": entry,
        "budgets": budgets,
        "seed": seed,
        "reference": parent.key if parent else None,
        "numerics": numerics(config["device"]),
    }


def _task_spec(config: StudyConfig, path: Path, name: str) -> dict[str, Any]:
    task = known_task(config, path, name)
    known = catalogue()["datasets"]
    stray = [method for method in task.get("overrides", {}) if method not in config["methods"]]
    if stray:
        place = Place(path, ("tasks", name, "overrides", stray[0]))
        raise Refused(f"{place}: unknown method {stray[0]!r}")
    if ranges := task.get("search"):
        searched = {n for entry in config["methods"].values() for n in entry.get("search", {})}
        if never := sorted(set(ranges) - searched):
            place = Place(path, ("tasks", name, "search", never[0]))
            raise Refused(f"{place}: no method searches {never[0]!r}")
    return {
        "name": name,
        "dataset": task["dataset"],
        "digest": known[task["dataset"]]["digest"],
        "network": task["network"],
        "recipe": task["recipe"],
    }


def method_spec(config: StudyConfig, path: Path, name: str, task: str) -> dict[str, Any]:
    """A method's entry as a task has it: the task's overrides go into the method's recipe."""
    if name not in config["methods"]:
        raise _unknown(path, "method", name, config["methods"])
    entry: dict[str, Any] = {**config["methods"][name]}
    module = entry["function"].split(".")[0]
    try:
        spec: dict[str, Any] = {"name": name, "version": method_version(module)}
    except (FileNotFoundError, LookupError):
        place = Place(path, ("methods", name, "function"))
        raise Refused(
            f"{place}: src/brainside/methods/{module}.py with a VERSION is missing"
        ) from None
    spec |= {field: entry[field] for field in FIELDS if field in entry}
    overrides = known_task(config, path, task).get("overrides", {})
    if name in overrides:
        spec["recipe"] = {**spec.get("recipe", {}), **overrides[name]}
    if "schedule" in entry:
        spec["schedule"] = parsed(entry["schedule"], Place(path, ("methods", name, "schedule")))
    return spec


def known_task(config: StudyConfig, path: Path, name: str) -> TaskEntry:
    """A task's entry; Refused, with the names that there are, for an unknown one."""
    if name not in config["tasks"]:
        raise _unknown(path, "task", name, config["tasks"])
    return config["tasks"][name]


def _unknown(path: Path, kind: str, name: str, known: Iterable[str]) -> Refused:
    """A refusal of a task or a method, with the line of the known one that is meant, perhaps."""
    near = get_close_matches(name, list(known), 1)
    meant = f"; {near[0]!r} is at {Place(path, (f'{kind}s', near[0])).line}" if near else ""
    return Refused(f"{path}: unknown {kind} {name!r}{meant}; {kind}s: {', '.join(known)}")
