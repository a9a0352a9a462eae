"""The specs of sweeps and searches: what of a config goes into their keys."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
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


class Specs:
    """The specs of a study.

    What specs have in common is made once and shared, as a study can have 10^5 of them: nothing of
    a spec may be changed in place.
    """

    def __init__(self, config: StudyConfig, path: Path) -> None:
        """Of a study's valid config, and its folder."""
        self._config, self._path = config, path
        self._numerics = numerics(config["device"])
        self.task = cache(self._task)
        self.method = cache(self._method)

    def of(
        self,
        task: str,
        entry: dict[str, Any],
        budgets: list[float],
        seed: int,
        parent: Sweep | None,
    ) -> dict[str, Any]:
        """The spec of a sweep or search: task, a method's entry, budgets, seed, start, versions."""
        return {
            "task": self.task(task),
            "method": entry,
            "budgets": budgets,
            "seed": seed,
            "reference": parent.key if parent else None,
            "numerics": self._numerics,
        }

    def _task(self, name: str) -> dict[str, Any]:
        """A task's part of a spec; Refused where the task names an unknown method or setting."""
        task, methods = self.entry_of(name), self._config["methods"]
        stray = [method for method in task.get("overrides", {}) if method not in methods]
        if stray:
            place = Place(self._path, ("tasks", name, "overrides", stray[0]))
            raise Refused(f"{place}: unknown method {stray[0]!r}")
        if ranges := task.get("search"):
            searched = {n for entry in methods.values() for n in entry.get("search", {})}
            if never := sorted(set(ranges) - searched):
                place = Place(self._path, ("tasks", name, "search", never[0]))
                raise Refused(f"{place}: no method searches {never[0]!r}")
        return {
            "name": name,
            "dataset": task["dataset"],
            "digest": catalogue()["datasets"][task["dataset"]]["digest"],
            "network": task["network"],
            "recipe": task["recipe"],
        }

    def _method(self, name: str, task: str) -> dict[str, Any]:
        """A method's entry as a task has it: the task's overrides go into the method's recipe.

        Refused for an unknown method, or one whose function has no file with a version.
        """
        if name not in self._config["methods"]:
            raise _unknown(self._path, "method", name, self._config["methods"])
        entry: dict[str, Any] = {**self._config["methods"][name]}
        module = entry["function"].split(".")[0]
        try:
            spec: dict[str, Any] = {"name": name, "version": method_version(module)}
        except (FileNotFoundError, LookupError):
            place = Place(self._path, ("methods", name, "function"))
            raise Refused(
                f"{place}: src/brainside/methods/{module}.py with a VERSION is missing"
            ) from None
        spec |= {field: entry[field] for field in FIELDS if field in entry}
        overrides = self.entry_of(task).get("overrides", {})
        if name in overrides:
            spec["recipe"] = {**spec.get("recipe", {}), **overrides[name]}
        if "schedule" in entry:
            place = Place(self._path, ("methods", name, "schedule"))
            spec["schedule"] = parsed(entry["schedule"], place)
        return spec

    def entry_of(self, task: str) -> TaskEntry:
        """A task's entry in the config; Refused, with the names there are, for an unknown one."""
        if task not in self._config["tasks"]:
            raise _unknown(self._path, "task", task, self._config["tasks"])
        return self._config["tasks"][task]


def _unknown(path: Path, kind: str, name: str, known: Iterable[str]) -> Refused:
    """The refusal of an unknown task or method, with the line of the known one nearest to it."""
    near = get_close_matches(name, list(known), 1)
    meant = f"; {near[0]!r} is at {Place(path, (f'{kind}s', near[0])).line}" if near else ""
    return Refused(f"{path}: unknown {kind} {name!r}{meant}; {kind}s: {', '.join(known)}")
