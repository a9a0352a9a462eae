"""What the entries of a study's config say of each other: the names that they use, and ranges."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from brainside.base.errors import Refused
from brainside.study.configs import Place
from brainside.study.study import Study

Keys = tuple[str | int, ...]  # that lead to an entry of the config
METHODS_OF_METHODS = ("reference", "weights_of", "search_of", "same_networks_as")


def check(study: Study) -> None:
    """Refuse a name of a task or a method that the study does not have, and a range without width.

    What trains nothing is checked, too: figures, the gallery, and methods of no experiment.
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
    """Every range on a logarithmic scale that methods search, or tasks have in their place."""
    for section in ("methods", "tasks"):
        for name, entry in config[section].items():
            for setting, values in entry.get("search", {}).items():
                if "log_uniform" in values:
                    yield (section, name, "search", setting), values["log_uniform"]
