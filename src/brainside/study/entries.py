"""Do the entries of a study's config fit each other? Names, ranges, settings without effect."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from brainside.base.budgets import share
from brainside.base.errors import Refused
from brainside.study.configs import Place
from brainside.study.reported import parsed
from brainside.study.study import Study
from brainside.study.sweeps import Trained

Keys = tuple[str | int, ...]  # that lead to an entry of the config
Fault = tuple[Keys, str]  # where something is wrong, and what
METHODS_OF_METHODS = ("reference", "weights_of", "search_of", "same_networks_as")
OF_SEARCH = ("search_everywhere", "search_budgets", "search_trials", "search_epochs_factor")


def check(study: Study) -> None:
    """Refuse a name of a task or a method that the study does not have, and a range without width.

    What trains nothing is checked, too: figures, the gallery, and methods of no experiment. So is
    what would change nothing: settings of a search that is none, recipes and pictures of none.
    """
    config: dict[str, Any] = {**study.config}
    known = {"task": [*config["tasks"]], "method": [*config["methods"], "reference"]}
    for keys, kind, name in _named(config):
        if name not in known[kind]:
            near = get_close_matches(name, known[kind], 1)
            meant = f"; {near[0]!r} is near" if near else ""
            raise Refused(f"{Place(study.path, keys)}: {study.path} has no {kind} {name!r}{meant}")
    for keys, (low, high) in _ranges(config):
        if low >= high:
            raise Refused(
                f"{Place(study.path, keys)}: {low:g} to {high:g} is not a range; turn it round"
            )
    for keys, text in (*_searches(config), *_overrides(study), *_gallery(study)):
        raise Refused(f"{Place(study.path, keys)}: {text}")


def _searches(config: Mapping[str, Any]) -> Iterator[Fault]:
    """Settings of a search that is none."""
    for name, method in config["methods"].items():
        source = method.get("search_of", name)
        if "search_of" in method and "search" not in config["methods"].get(source, {}):
            yield ("methods", name, "search_of"), f"{source} has no search; name one that has"
        for field in OF_SEARCH:
            if field in method and not {"search", "search_of"} & method.keys():
                yield ("methods", name, field), f"{name} has no `search` to change; take it out"


def _overrides(study: Study) -> Iterator[Fault]:
    """Overrides of a method that no task with such an override trains."""
    jobs: list[Trained] = [*study.everything, *study.searches]
    trained = {(job.task, job.method) for job in jobs}
    overrides = [(task, method) for task, entry in study.config["tasks"].items()
                 for method in entry.get("overrides", {})]  # fmt: skip
    used = {method for task, method in overrides if (task, method) in trained}
    for task, method in overrides:
        if method not in used:
            yield ("tasks", task, "overrides", method), f"{task} does not train it; take it out"


def _gallery(study: Study) -> Iterator[Fault]:
    """A seed or a budget of the gallery that none of its networks has."""
    wanted = study.config["gallery"]
    sweeps = [s for s in study.sweeps if s.task in wanted["tasks"] and s.seed == wanted["seed"]]
    if wanted["tasks"] and not sweeps:
        yield ("gallery", "seed"), f"no sweep of its tasks has seed {wanted['seed']}"
    budgets = {budget for sweep in sweeps for budget in sweep.budgets}
    for budget in parsed(wanted["budgets"], Place(study.path, ("gallery", "budgets"))):
        if sweeps and budget not in budgets:
            yield ("gallery", "budgets"), f"no sweep of its tasks has budget {share(budget)}"


def _named(config: Mapping[str, Any]) -> Iterator[tuple[Keys, str, str]]:
    """Every name of a task or a method in an entry: where it is, of what kind, and the name."""
    for name, method in config["methods"].items():
        for field in METHODS_OF_METHODS:
            if isinstance(method.get(field), str):
                yield ("methods", name, field), "method", method[field]
    for name, task in config["tasks"].items():
        if "tuned_on" in task:
            yield ("tasks", name, "tuned_on"), "task", task["tuned_on"]
        for method in task.get("overrides", {}):
            yield ("tasks", name, "overrides", method), "method", method
    groups: dict[Keys, Any] = {("gallery",): config["gallery"]}
    groups |= {("figures", name): figure for name, figure in config["figures"].items()}
    for keys, group in groups.items():
        for kind in ("task", "method"):
            for one in group.get(f"{kind}s", []):
                yield (*keys, f"{kind}s"), kind, one


def _ranges(config: Mapping[str, Any]) -> Iterator[tuple[Keys, list[float]]]:
    """Every range on a logarithmic scale that methods search, or tasks have instead."""
    for section in ("methods", "tasks"):
        for name, entry in config[section].items():
            for setting, values in entry.get("search", {}).items():
                if "log_uniform" in values:
                    yield (section, name, "search", setting), values["log_uniform"]
