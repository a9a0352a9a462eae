"""Which budgets a study asks of a method: those that its experiments report, and searched ones."""

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from brainside.base.budgets import parse_budget, share, tag
from brainside.base.errors import Refused
from brainside.study.configs import Place
from brainside.study.schema import Budget, Experiment, StudyConfig


def parsed(budgets: Iterable[Budget], place: object) -> list[float]:
    """Budgets as numbers, descending.

    Refused for one that is out of range, written twice, or too close to another.
    """
    ordered = sorted((parse_budget(budget, place) for budget in budgets), reverse=True)
    for above, below in pairwise(ordered):
        if above == below:
            raise Refused(f"{place}: {share(above)} appears twice; keep one")
        if tag(above) == tag(below):  # files are named so
            raise Refused(f"{place}: {above!r} and {below!r} are too close to tell apart")
    return ordered


def _having(config: StudyConfig, task: str, method: str) -> Iterator[tuple[int, Experiment]]:
    """The experiments, with their numbers, that have a method on a task."""
    for number, experiment in enumerate(config["experiments"]):
        if task in experiment["tasks"] and method in experiment["methods"]:
            yield number, experiment


def reported(
    config: StudyConfig, path: Path, task: str, method: str, seed: int, wanted: Collection[float]
) -> list[float]:
    """The budgets of a method on a task that another starts from it at, descending.

    Of several entries, those of the first that has the seed (the first of all for the searches'
    seed) and all the budgets `wanted`, or else of the first. Refused where no entry has it.
    """
    entries = [
        (seed in entry["seeds"], parsed(entry["budgets"], _place_of_budgets(path, number)))
        for number, entry in _having(config, task, method)
    ]
    if not entries:
        place = Place(path, ("methods", method))
        raise Refused(
            f"{place}: no experiment has it on {task}, where another method starts from it"
        )
    of_seed = [budgets for has_seed, budgets in entries if has_seed] or [entries[0][1]]
    return next((b for b in of_seed if set(wanted) <= set(b)), of_seed[0])


def _place_of_budgets(path: Path, number: int) -> Place:
    return Place(path, ("experiments", number, "budgets"))


def _least_reported(config: StudyConfig, path: Path, task: str, method: str) -> float:
    """The smallest budget of a method on a task; there is nothing to search below it."""
    asked = [
        budget
        for number, experiment in _having(config, task, method)
        for budget in parsed(experiment["budgets"], _place_of_budgets(path, number))
    ]
    return min(asked, default=0.0)


def searched(config: StudyConfig, path: Path, task: str, method: str) -> list[float]:
    """The budgets of a method's search that are reported or larger; the largest without any."""
    if method == "reference":
        return [1.0]
    entry = config["methods"][method]
    if "search_budgets" in entry:
        wanted = parsed(entry["search_budgets"], Place(path, ("methods", method, "search_budgets")))
    else:
        wanted = parsed(config["tuning"]["budgets"], Place(path, ("tuning", "budgets")))
    least = _least_reported(config, path, task, method)
    return [budget for budget in wanted if budget >= least] or wanted[:1]
