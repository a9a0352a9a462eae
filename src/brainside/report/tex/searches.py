"""What the searches of settings chose, and one method's trials against another's, as numbers."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from brainside.archive.searches import read_search
from brainside.base.budgets import tag
from brainside.report.number import Number, Origin
from brainside.report.tex.latex import ABSENT, plain
from brainside.study.study import Study
from brainside.study.sweeps import Search

ALIKE = ("search", "epochs_factor", "trials", "seed")  # fields of searches with the same trials


def settings(study: Study) -> Iterator[Number]:
    """The settings that each search chose, by its budget and by the setting."""
    for search in study.searches:
        best = read_search(search)["best"] if search.done else {}
        for budget in search.spec["budgets"]:
            chosen = best.get(tag(budget), {})
            for name in search.spec["search"]:
                origin = Origin("search", search.task, search.method, budget, column=name)
                text = setting_text(chosen[name]) if name in chosen else ABSENT
                yield Number(f"{_prefix(search, budget)}/{name.replace('_', '-')}", text, origin)


def setting_text(value: float | str | dict[str, Any]) -> str:
    """The value of a setting as TeX."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return value if isinstance(value, str) else plain(value)


def trials(study: Study) -> Iterator[Number]:
    """In how many trials one method had a larger validation error than another.

    Searches of equal spaces and lengths draw equal settings, so that their trials are pairs: an
    order of methods that holds in all of them does not come from what the searches chose.
    """
    searches = [(search, _errors(search)) for search in study.searches]
    for (one, ours), (other, theirs) in permutations(searches, 2):
        if one.task == other.task and all(one.spec[k] == other.spec[k] for k in ALIKE):
            for budget in sorted(ours.keys() & theirs.keys()):
                pairs = list(zip(ours[budget], theirs[budget], strict=False))
                above = sum(error > compared for error, compared in pairs)
                text = f"{above} of {len(pairs)}" if pairs else ABSENT
                origin = Origin("trials", one.task, one.method, budget, other.method)
                yield Number(f"{_prefix(one, budget)}/above/{other.method}", text, origin)


def _prefix(search: Search, budget: float) -> str:
    return f"{search.task}/{search.method}/tuned/{tag(budget)}"


def _errors(search: Search) -> dict[float, list[float]]:
    """Validation errors of a search's trials by its budgets; none if it is not done."""
    errors: dict[float, list[float]] = {budget: [] for budget in search.spec["budgets"]}
    for trial in read_search(search)["trials"] if search.done else []:
        errors[trial["budget"]].append(trial["valid_error"])
    return errors
