"""Searches against their config: the settings of every trial, and the best of them."""

from collections.abc import Iterator
from typing import Any

from brainside.archive.specs import explain
from brainside.base.budgets import tag
from brainside.base.files import read_committed, restore
from brainside.base.paths import RESULTS
from brainside.jobs.search import best, draw_all
from brainside.study.sweeps import Search

COLUMNS = {"budget", "settings", "valid_error", "valid_loss"}
REMEDY = restore(RESULTS)


def wrong(search: Search, kept: dict[str, Any]) -> Iterator[str]:
    """What of a search's file does not follow from its spec; `kept` is its content."""
    if kept.get("spec") != search.spec or kept.get("key") != search.key:
        yield "its spec is not what the config gives"
        return
    trials = kept.get("trials")
    if not isinstance(trials, list) or not all(map(_is_trial, trials)):
        yield f"a trial has no budget, settings, error from 0 to 1, or loss; {REMEDY}"
        return
    drawn = draw_all(search.spec["search"], search.spec["trials"], search.spec["seed"])
    asked = [(budget, settings) for settings in drawn for budget in search.spec["budgets"]]
    if [(trial["budget"], trial["settings"]) for trial in trials] != asked:
        yield f"its trials are not the draws of its seed; {REMEDY}"
        return
    chosen = {b: best([t for t in trials if t["budget"] == b]) for b in search.spec["budgets"]}
    for budget, settings in chosen.items():
        if _best(kept, budget) != settings:
            yield f"the best at budget {budget:g} is not the trial of least error; {REMEDY}"
            return
    written = {
        "key": search.key, "spec": search.spec, "best": {tag(b): s for b, s in chosen.items()},
        "trials": [{**trial, "budget": budget, "settings": settings}
                   for trial, (budget, settings) in zip(trials, asked, strict=True)],
    }  # fmt: skip
    if read_committed(search.path) != explain(written).encode():
        yield f"is not as a search writes it; {REMEDY}"


def _is_trial(trial: Any) -> bool:
    if not isinstance(trial, dict) or trial.keys() != COLUMNS:
        return False
    error, loss = trial["valid_error"], trial["valid_loss"]
    in_range = isinstance(error, int | float) and 0 <= error <= 1
    return in_range and (loss is None or isinstance(loss, int | float))


def _best(kept: dict[str, Any], budget: float) -> Any:
    settings = kept.get("best")
    return settings.get(tag(budget)) if isinstance(settings, dict) else None
