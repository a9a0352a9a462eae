"""A study's config, expanded into sweeps: the experiment list is the list of their paths."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from brainside.base.budgets import parse_budget, tag
from brainside.base.errors import Refused
from brainside.study import feasible, params
from brainside.study.configs import Place
from brainside.study.reported import parsed, reported, searched
from brainside.study.schema import Experiment, StudyConfig
from brainside.study.specs import Specs
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
    expansion = _Expansion(config, path)
    seen: Cells = {}
    for number, experiment in enumerate(config["experiments"]):
        place = Place(path, ("experiments", number))
        budgets = parsed(experiment["budgets"], Place(path, ("experiments", number, "budgets")))
        for task, method, seed in _coordinates(config, experiment, part):
            sweep = expansion.sweep(task, method, seed, budgets)
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


class _Expansion:
    """A valid config, and what its sweeps share: specs, and the sweeps that others start from."""

    def __init__(self, config: StudyConfig, path: Path) -> None:
        """Of a study's config, and its folder."""
        self._config, self._path, self._methods = config, path, config["methods"]
        self._specs = Specs(config, path)
        self._search = cache(self._search_of)
        self._trained_once = cache(self._at_budget_1)

    def sweep(self, task: str, method: str, seed: int, budgets: list[float]) -> Sweep:
        """The sweep of a task, method and seed at these budgets, with what it starts from."""
        spec_of_method = self._specs.method(method, task)
        if seed == self._config["tuning"]["seed"]:
            place = Place(self._path, ("tuning", "seed"))
            raise Refused(f"{place}: seed {seed} is that of the searches; results need another")
        if method == "reference":
            budgets = [1.0]
        outside = [b for b in budgets if b not in spec_of_method.get("schedule", budgets)]
        if outside:
            place = Place(self._path, ("methods", method, "schedule"))
            raise Refused(f"{place}: the reported budget {outside[0]:g} is missing")
        parent = self._parent(task, method, seed, budgets)
        self._check_budgets(method, parent, budgets)
        search = self._search(task, method)
        spec = self._specs.of(task, spec_of_method, budgets, seed, parent)
        spec["tuning"] = search.key if search else None
        if "tuned_at" in self._methods[method]:
            spec["tuned_at"] = self._tuned_at(method, search)
        return Sweep(self._config["study"], task, method, seed, spec, parent, search)

    def _check_budgets(self, method: str, parent: Sweep | None, budgets: list[float]) -> None:
        """Refused where a method starts from networks that are not trained at its budgets."""
        weights_of = "weights_of" in self._methods[method]
        if parent and (parent.budgets != [1.0] or weights_of):
            if missing := [budget for budget in budgets if budget not in parent.budgets]:
                place = Place(self._path, ("methods", method))
                raise Refused(f"{place}: needs {parent.method} at budget {missing[0]:g}, too")

    def _tuned_at(self, method: str, search: Search | None) -> float:
        place = Place(self._path, ("methods", method, "tuned_at"))
        budget = parse_budget(self._methods[method]["tuned_at"], place)
        if search is None or budget not in search.spec["budgets"]:
            raise Refused(f"{place}: {budget:g} is not a budget of its search")
        return budget

    def _parent(self, task: str, method: str, seed: int, budgets: list[float]) -> Sweep | None:
        """The sweep that a method starts from, or has as many weights as: a reference, or another.

        One that has a start itself, or whose weights count, is taken with the budgets that an
        experiment gives it (see `reported`); any other at budget 1.
        """
        chain = self._starts(method)
        if not chain:
            return None
        start = chain[0]
        if "weights_of" in self._methods[method] or self._methods[start].get("reference"):
            theirs = reported(self._config, self._path, task, start, seed, budgets)
            return self.sweep(task, start, seed, theirs)
        return self._trained_once(task, start, seed)

    def _at_budget_1(self, task: str, method: str, seed: int) -> Sweep:
        entry, search = self._specs.method(method, task), self._search(task, method)
        spec = self._specs.of(task, entry, [1.0], seed, None)
        spec["tuning"] = search.key if search else None
        return Sweep(self._config["study"], task, method, seed, spec, None, search)

    def _starts(self, method: str) -> list[str]:
        """The method that a method starts from, or has as many weights as, and so on from there."""
        chain: list[str] = []
        while True:
            last = [method, *chain][-1]
            start = self._start(last)
            if not start:
                return chain
            if start in (method, *chain) or start not in self._methods:
                place = Place(self._path, ("methods", last))
                raise Refused(f"{place}: starts from {start!r}; methods has no such start")
            chain.append(start)

    def _start(self, method: str) -> str | None:
        """The method that a method starts from, or has as many weights as; None without."""
        if method not in self._methods:
            return None
        entry = self._methods[method]
        if "reference" in entry and "weights_of" in entry:
            place = Place(self._path, ("methods", method))
            raise Refused(f"{place}: has both reference and weights_of; keep one")
        start = entry.get("reference") or entry.get("weights_of")
        return "reference" if start is True else start or None

    def _search_of(self, task: str, method: str) -> Search | None:
        """The search whose settings a method has on a task; None without."""
        method = self._methods[method].get("search_of", method)
        if method not in self._methods or not self._methods[method].get("search"):
            return None
        entry, plan = self._methods[method], self._config["tuning"]
        if not entry.get("search_everywhere"):
            task = self._specs.entry_of(task).get("tuned_on", task)
        ranges = self._specs.entry_of(task).get("search", {})
        budgets = searched(self._config, self._path, task, method)
        parent = self._parent(task, method, plan["seed"], budgets)
        spec_of_method = self._specs.method(method, task)
        spec = self._specs.of(task, spec_of_method, budgets, plan["seed"], parent)
        spec["search"] = {name: ranges.get(name, own) for name, own in entry["search"].items()}
        spec["trials"] = entry.get("search_trials", plan["trials"])
        spec["epochs_factor"] = entry.get("search_epochs_factor", plan["epochs_factor"])
        return Search(self._config["study"], task, method, spec, parent)
