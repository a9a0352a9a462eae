"""A study's config, expanded into sweeps: the experiment list is the list of their paths."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from brainside.base.budgets import parse_budget, tag
from brainside.base.errors import Refused
from brainside.study import feasible, params
from brainside.study.configs import Place
from brainside.study.reported import parsed, reported, searched
from brainside.study.schema import Experiment, StudyConfig
from brainside.study.specs import known_task, method_spec, spec_of
from brainside.study.sweeps import Search, Sweep


@dataclass(frozen=True)
class Part:
    """What of a study one job needs: the sweeps of a task and seed.

    Of the searches' seed, or without one, it is each method once, on the task and on those whose
    settings are searched on it: enough to have every search of the task.
    """

    task: str
    seed: int | None = None


Coordinates = tuple[str, str, int]  # task, method, seed


def expand(config: StudyConfig, path: Path, part: Part | None = None) -> Iterator[Sweep]:
    """The sweeps of a valid config, or of a part of it, in its order.

    `path` is the study's folder. Raises Refused, with file, line and key, where names or numbers
    do not fit each other.
    """
    feasible.check(config, path)
    params.check(config, path)
    seen: Cells = {}
    for number, experiment in enumerate(config["experiments"]):
        place = Place(path, ("experiments", number))
        budgets = parsed(experiment["budgets"], Place(path, ("experiments", number, "budgets")))
        for task, method, seed in _coordinates(config, experiment, part):
            sweep = _sweep(config, path, task, method, seed, budgets)
            _add(sweep, seen, place)
            yield sweep


def _coordinates(
    config: StudyConfig, experiment: Experiment, part: Part | None
) -> Iterator[Coordinates]:
    """The sweeps that an experiment names, or those of a part."""
    tasks, seeds = experiment["tasks"], experiment["seeds"]
    if part and part.seed in (None, config["tuning"]["seed"]):
        on = {t for t, entry in config["tasks"].items() if entry.get("tuned_on") == part.task}
        tasks, seeds = [task for task in tasks if task in {part.task, *on}], seeds[:1]
    elif part:
        tasks = [task for task in tasks if task == part.task]
        seeds = [seed for seed in seeds if seed == part.seed]
    yield from product(tasks, experiment["methods"], seeds)


Cells = dict[tuple[str, str, int | None, str], float]  # task, method, seed, budget's tag


def _add(sweep: Sweep, seen: Cells, place: Place) -> None:
    """Enter the cells of a sweep; Refused for one that is there, or has another one's name."""
    for budget in sweep.budgets:
        name = (sweep.task, sweep.method, None, tag(budget))
        cell = (sweep.task, sweep.method, sweep.seed, tag(budget))
        if seen.setdefault(name, budget) != budget:
            close = f"{seen[name]!r} and {budget!r} of {sweep.method} on {sweep.task}"
            raise Refused(f"{place}: {close} are too close to tell apart")
        if cell in seen:
            twice = f"{sweep.method} on {sweep.task} with seed {sweep.seed}"
            raise Refused(f"{place}: {twice} appears twice at a budget; keep one")
        seen[cell] = budget


def _sweep(
    config: StudyConfig, path: Path, task: str, method: str, seed: int, budgets: list[float]
) -> Sweep:
    spec_of_method = method_spec(config, path, method, task)
    if seed == config["tuning"]["seed"]:
        place = Place(path, ("tuning", "seed"))
        raise Refused(f"{place}: seed {seed} is that of the searches; results need another")
    if method == "reference":
        budgets = [1.0]
    outside = [b for b in budgets if b not in spec_of_method.get("schedule", budgets)]
    if outside:
        place = Place(path, ("methods", method, "schedule"))
        raise Refused(f"{place}: the reported budget {outside[0]:g} is missing")
    parent = _parent(config, path, task, method, seed, budgets)
    _check_budgets(config, path, method, parent, budgets)
    search = _search(config, path, task, method)
    spec = spec_of(config, path, task, spec_of_method, budgets, seed, parent)
    spec["tuning"] = search.key if search else None
    if "tuned_at" in config["methods"][method]:
        spec["tuned_at"] = _tuned_at(config, path, method, search)
    return Sweep(config["study"], task, method, seed, spec, parent, search)


def _check_budgets(
    config: StudyConfig, path: Path, method: str, parent: Sweep | None, budgets: list[float]
) -> None:
    """Refused where a method starts from networks that are not trained at its budgets."""
    weights_of = "weights_of" in config["methods"][method]
    if parent and (parent.budgets != [1.0] or weights_of):
        if missing := [budget for budget in budgets if budget not in parent.budgets]:
            place = Place(path, ("methods", method))
            raise Refused(f"{place}: needs {parent.method} at budget {missing[0]:g}, too")


def _tuned_at(config: StudyConfig, path: Path, method: str, search: Search | None) -> float:
    place = Place(path, ("methods", method, "tuned_at"))
    budget = parse_budget(config["methods"][method]["tuned_at"], place)
    if search is None or budget not in search.spec["budgets"]:
        raise Refused(f"{place}: {budget:g} is not a budget of its search")
    return budget


def _parent(
    config: StudyConfig, path: Path, task: str, method: str, seed: int, budgets: list[float]
) -> Sweep | None:
    """The sweep that a method starts from (the reference, or another), or has as many weights as.

    One that has a start itself, or whose weights count, is taken with the budgets that an
    experiment gives it (see `reported`); any other at budget 1.
    """
    chain = _starts(config, path, method)
    if not chain:
        return None
    start = chain[0]
    if "weights_of" in config["methods"][method] or config["methods"][start].get("reference"):
        theirs = reported(config, path, task, start, seed, budgets)
        return _sweep(config, path, task, start, seed, theirs)
    entry = method_spec(config, path, start, task)
    search = _search(config, path, task, start)
    spec = spec_of(config, path, task, entry, [1.0], seed, None)
    spec["tuning"] = search.key if search else None
    return Sweep(config["study"], task, start, seed, spec, None, search)


def _starts(config: StudyConfig, path: Path, method: str) -> list[str]:
    """The method that a method starts from, or has as many weights as, and so on from there."""
    chain: list[str] = []
    while True:
        last = [method, *chain][-1]
        start = _start(config, path, last)
        if not start:
            return chain
        if start in (method, *chain) or start not in config["methods"]:
            place = Place(path, ("methods", last))
            raise Refused(f"{place}: starts from {start!r}; methods has no such start")
        chain.append(start)


def _start(config: StudyConfig, path: Path, method: str) -> str | None:
    """The method that a method starts from, or has as many weights as; None without."""
    if method not in config["methods"]:
        return None
    entry = config["methods"][method]
    if "reference" in entry and "weights_of" in entry:
        place = Place(path, ("methods", method))
        raise Refused(f"{place}: has both reference and weights_of; keep one")
    start = entry.get("reference") or entry.get("weights_of")
    return "reference" if start is True else start or None


def _search(config: StudyConfig, path: Path, task: str, method: str) -> Search | None:
    method = config["methods"][method].get("search_of", method)
    if method not in config["methods"] or not config["methods"][method].get("search"):
        return None
    entry, plan = config["methods"][method], config["tuning"]
    if not entry.get("search_everywhere"):
        task = known_task(config, path, task).get("tuned_on", task)
    ranges = known_task(config, path, task).get("search", {})
    budgets = searched(config, path, task, method)
    parent = _parent(config, path, task, method, plan["seed"], budgets)
    spec_of_method = method_spec(config, path, method, task)
    spec = spec_of(config, path, task, spec_of_method, budgets, plan["seed"], parent)
    spec["search"] = {name: ranges.get(name, own) for name, own in entry["search"].items()}
    spec["trials"] = entry.get("search_trials", plan["trials"])
    spec["epochs_factor"] = entry.get("search_epochs_factor", plan["epochs_factor"])
    return Search(config["study"], task, method, spec, parent)
