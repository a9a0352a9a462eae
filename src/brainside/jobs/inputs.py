"""What a sweep takes from other jobs' results: its tuned settings, and the stored reference."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from brainside.archive import records
from brainside.archive.records import weights_of
from brainside.archive.searches import read_search
from brainside.base.errors import Refused
from brainside.base.files import sha256
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.study.searches import Search
from brainside.study.sweeps import Sweep


def settings_of_sweep(sweep: Sweep) -> Callable[[float], dict[str, Any]]:
    """A budget's settings in a sweep; Refused where its search is missing or another's."""
    return settings_of(sweep.spec, found_settings(sweep.search, sweep.spec.get("tuned_at")))


def settings_of(
    spec: Mapping[str, Any], tuned: Callable[[float], Mapping[str, Any]]
) -> Callable[[float], dict[str, Any]]:
    """A budget's settings: the task's recipe, the method's, its parameters, its tuned values.

    Beside them `points`, the budgets of the method's schedule.
    """
    method = spec["method"]
    fixed = {**spec["task"]["recipe"], **method.get("recipe", {}), **method.get("params", {})}
    fixed["points"] = method.get("schedule", [])
    return lambda budget: {**fixed, **tuned(budget)}


def found_settings(
    search: Search | None, tuned_at: float | None = None
) -> Callable[[float], Mapping[str, Any]]:
    """The best settings found, by budget: those of the nearest search on a logarithmic scale.

    With `tuned_at`, a tuning budget, those found there serve all budgets. Raises Refused when the
    file is missing or is not the search that the config asks for.
    """
    if search is None:
        return lambda budget: {}
    best = {float(budget): found for budget, found in read_search(search)["best"].items()}
    return lambda budget: best[_nearest(tuned_at or budget, best)]


def _nearest(budget: float, tuned: Iterable[float]) -> float:
    return min(tuned, key=lambda b: (abs(math.log(b / budget)), b))


def start_of(job: Sweep | Search) -> Compressed | dict[float, Any] | None:
    """What a method starts from: its reference's networks, or the weights of others by budget."""
    if job.start:
        return read_reference(job.start)
    return weights_of(job.parent) if job.parent else None


def read_reference(sweep: Sweep) -> Compressed | dict[float, Compressed]:
    """A reference's stored network, or another start's networks by budget.

    Checked against the record, whose columns they have; Refused where a checkpoint is another.
    """
    rows = records.rows_of(sweep)
    found = {row["budget"]: _checked(sweep, row) for row in rows}
    return found[1.0] if sweep.budgets == [1.0] else found


def _checked(sweep: Sweep, row: Mapping[str, Any]) -> Compressed:
    path = sweep.checkpoint(row["budget"])
    if sha256(path) != row["checkpoint_sha256"]:
        raise Refused(f"{path}: not the checkpoint of {sweep.path}; delete both and run again")
    columns = {"epochs_total": int(row["epochs_total"])}
    return replace(checkpoint.read(path, budget=row["budget"]), columns=columns)
