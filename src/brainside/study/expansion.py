"""A study's config, expanded into sweeps: the experiment list is the list of their paths."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from brainside.base.budgets import parse_budget
from brainside.base.errors import Refused
from brainside.data.catalogue import catalogue
from brainside.study import params
from brainside.study.searches import Search
from brainside.study.sweeps import Sweep
from brainside.study.versions import method_version, numerics

# What of a method's entry goes into its sweeps' keys as it is.
FIELDS = ("function", "recipe", "params", "budget_of", "weights_of")


def expand(config: dict[str, Any], path: Path) -> Iterator[Sweep]:
    """The sweeps of a valid config, in its order; Refused where names or numbers do not fit."""
    params.check(config, path)
    seen = set()
    for experiment in config["experiments"]:
        for task in experiment["tasks"]:
            for method in experiment["methods"]:
                if (task, method) in seen:
                    raise Refused(f"{path}: {method} on {task} is in two experiments; keep one")
                seen.add((task, method))
                budgets = _budgets_of(config, path, task, method)
                for seed in experiment["seeds"]:
                    yield _sweep(config, path, task, method, seed, budgets)


def _descending(budgets: list[float]) -> list[float]:
    ordered = sorted(set(budgets), reverse=True)
    for above, below in pairwise(ordered):
        if f"{above:.6g}" == f"{below:.6g}":  # files are named so
            raise Refused(f"budgets {above!r} and {below!r} are too close to tell apart")
    return ordered


def _sweep(
    config: dict[str, Any], path: Path, task: str, method: str, seed: int, budgets: list[float]
) -> Sweep:
    entry = _method_spec(config, path, method, task)
    if seed == config["tuning"]["seed"]:
        raise Refused(f"{path}: seed {seed} is the tuning seed; results need another")
    if method == "reference":
        budgets = [1.0]
    outside = [b for b in budgets if b not in entry.get("schedule", budgets)]
    if outside:
        raise Refused(f"{path}: methods.{method}.schedule lacks the reported budget {outside[0]:g}")
    parent = _parent(config, path, task, method, seed)
    given = parent.budgets if parent else [1.0]
    by_budget = given != [1.0] or "weights_of" in entry
    absent = [b for b in budgets if by_budget and b not in given]
    if absent:
        raise Refused(f"{path}: {method} needs {parent.method} at budget {absent[0]:g}, too")
    search = _search(config, path, task, method)
    spec = _spec(config, path, task, entry, budgets, seed, parent)
    spec["tuning"] = search.key if search else None
    if "tuned_at" in config["methods"][method]:
        spec["tuned_at"] = _tuned_at(config, path, method, search)
    return Sweep(config["study"], task, method, seed, spec, parent, search)


def _tuned_at(config: dict, path: Path, method: str, search: Search | None) -> float:
    where = f"{path}: methods.{method}.tuned_at"
    budget = parse_budget(config["methods"][method]["tuned_at"], where)
    if search is None or budget not in search.spec["budgets"]:
        raise Refused(f"{where}: {budget:g} is not a budget at which it is tuned")
    return budget


def _parent(config: dict, path: Path, task: str, method: str, seed: int) -> Sweep | None:
    """The sweep that a method starts from (the reference, or another), or has as many weights as.

    One that has a start itself, or whose weights count, is taken with the budgets that an
    experiment gives it; any other at budget 1.
    """
    start, *_ = _starts(config, path, method) or [None]
    if not start:
        return None
    if "weights_of" in config["methods"][method] or config["methods"][start].get("reference"):
        return _sweep(config, path, task, start, seed, _budgets_of(config, path, task, start))
    entry = _method_spec(config, path, start, task)
    search = _search(config, path, task, start)
    spec = _spec(config, path, task, entry, [1.0], seed, None)
    spec["tuning"] = search.key if search else None
    return Sweep(config["study"], task, start, seed, spec, None, search)


def _starts(config: dict, path: Path, method: str) -> list[str]:
    """The method that a method starts from, or has as many weights as, and so on from there."""
    found: list[str] = []
    while True:
        last = [method, *found][-1]
        entry = config["methods"].get(last, {})
        if "reference" in entry and "weights_of" in entry:
            raise Refused(f"{path}: methods.{last} has both reference and weights_of; keep one")
        start = entry.get("reference") or entry.get("weights_of")
        if not start:
            return found
        start = "reference" if start is True else start
        if start in (method, *found) or start not in config["methods"]:
            raise Refused(
                f"{path}: methods.{last} starts from {start!r}; methods has no such start"
            )
        found.append(start)


def _budgets_of(config: dict, path: Path, task: str, method: str) -> list[float]:
    for experiment in config["experiments"]:
        if task in experiment["tasks"] and method in experiment["methods"]:
            return _descending([parse_budget(b, str(path)) for b in experiment["budgets"]])
    raise Refused(f"{path}: no experiment has {method} on {task}, which another method starts from")


def _least_reported(config: dict, path: Path, task: str, method: str) -> float:
    """The smallest budget of a method on a task; there is nothing to tune below it."""
    asked = [
        parse_budget(budget, str(path))
        for experiment in config["experiments"]
        if task in experiment["tasks"] and method in experiment["methods"]
        for budget in experiment["budgets"]
    ]
    return min(asked, default=0.0)


def _search(config: dict, path: Path, task: str, method: str) -> Search | None:
    method = config["methods"][method].get("search_of", method)
    space = config["methods"].get(method, {}).get("search")
    if not space:
        return None
    plan = config["tuning"]
    if not config["methods"][method].get("search_everywhere"):
        task = _known_task(config, path, task).get("tuned_on", task)
    ranges = _known_task(config, path, task).get("search", {})
    space = {name: ranges.get(name, own) for name, own in space.items()}
    entry = _method_spec(config, path, method, task)
    ours = config["methods"][method].get("search_budgets", plan["budgets"])
    wanted = [1.0] if method == "reference" else ours
    least = _least_reported(config, path, task, method)
    budgets = _descending([parse_budget(b, f"{path}: tuning") for b in wanted])
    budgets = [b for b in budgets if b >= least] or budgets[:1]
    parent = _parent(config, path, task, method, plan["seed"])
    spec = _spec(config, path, task, entry, budgets, plan["seed"], parent)
    factor = config["methods"][method].get("search_epochs_factor", plan["epochs_factor"])
    spec |= {"search": space, "trials": plan["trials"], "epochs_factor": factor}
    return Search(config["study"], task, method, spec, parent)


def _spec(
    config: dict,
    path: Path,
    task: str,
    entry: dict,
    budgets: list[float],
    seed: int,
    parent: Sweep | None,
) -> dict[str, Any]:
    return {
        "task": _task_spec(config, path, task),
        "method": entry,
        "budgets": budgets,
        "seed": seed,
        "reference": parent.key if parent else None,
        "numerics": numerics(config["device"]),
    }


def _task_spec(config: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
    task = _known_task(config, path, name)
    known = catalogue()["datasets"]
    if task["dataset"] not in known:
        raise Refused(
            f"{path}: tasks.{name}: unknown dataset {task['dataset']!r}; known: {', '.join(known)}"
        )
    stray = [method for method in task.get("overrides", {}) if method not in config["methods"]]
    if stray:
        raise Refused(f"{path}: tasks.{name}.overrides: unknown method {stray[0]!r}")
    searched = {each for method in config["methods"].values() for each in method.get("search", {})}
    if never := sorted(set(task.get("search", {})) - searched):
        raise Refused(f"{path}: tasks.{name}.search: no method searches {never[0]!r}")
    return {
        "name": name,
        "dataset": task["dataset"],
        "digest": known[task["dataset"]]["digest"],
        "network": task["network"],
        "recipe": task["recipe"],
    }


def _known_task(config: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
    if name not in config["tasks"]:
        raise Refused(f"{path}: unknown task {name!r}; tasks: {', '.join(config['tasks'])}")
    return config["tasks"][name]


def _method_spec(config: dict[str, Any], path: Path, name: str, task: str) -> dict[str, Any]:
    """A method's entry as a task has it: the task's overrides go into the method's recipe."""
    if name not in config["methods"]:
        raise Refused(f"{path}: unknown method {name!r}; methods: {', '.join(config['methods'])}")
    entry = config["methods"][name]
    module = entry["function"].split(".")[0]
    try:
        spec = {"name": name, "version": method_version(module)}
    except (FileNotFoundError, LookupError):
        raise Refused(
            f"{path}: methods.{name}: src/brainside/methods/{module}.py with a VERSION is missing"
        ) from None
    spec |= {field: entry[field] for field in FIELDS if field in entry}
    overrides = _known_task(config, path, task).get("overrides", {})
    if name in overrides:
        spec["recipe"] = {**spec.get("recipe", {}), **overrides[name]}
    if "schedule" in entry:
        where = f"{path}: methods.{name}.schedule"
        spec["schedule"] = _descending([parse_budget(b, where) for b in entry["schedule"]])
    return spec
