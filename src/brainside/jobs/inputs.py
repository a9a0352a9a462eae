"""What a sweep or a search takes from other jobs' results: searched settings, and its start."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from brainside.archive import records
from brainside.archive.checkpoints import checked_bytes
from brainside.archive.records import weights_of
from brainside.archive.searches import read_search
from brainside.methods.contract import Settings, Start, Starts, Weights
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.study.sweeps import Search, Sweep, Trained


def settings_of_sweep(sweep: Sweep) -> Callable[[float], dict[str, Any]]:
    """A budget's settings in a sweep; Refused where its search is missing or is another one."""
    return settings_of(sweep.spec, searched_settings(sweep.search, sweep.spec.get("tuned_at")))


def settings_of(
    spec: Mapping[str, Any], searched: Callable[[float], Settings]
) -> Callable[[float], dict[str, Any]]:
    """A budget's settings: the task's recipe, the method's, its parameters, what was searched.

    Later ones take the place of earlier ones.
    """
    method = spec["method"]
    fixed = {**spec["task"]["recipe"], **method.get("recipe", {}), **method.get("params", {})}
    return lambda budget: {**fixed, **searched(budget)}


def points_of(spec: Mapping[str, Any]) -> list[float]:
    """The budgets of a method's schedule, descending; none where it has no schedule."""
    points: list[float] = spec["method"].get("schedule", [])
    return points


def searched_settings(
    search: Search | None, tuned_at: float | None = None
) -> Callable[[float], Settings]:
    """The best settings of a search's file, by budget (see `nearest`); none without a search.

    Raises Refused when the file is missing or is not the search that the config asks for.
    """
    if search is None:
        return lambda budget: {}
    best = {float(budget): settings for budget, settings in read_search(search)["best"].items()}
    return nearest(best, tuned_at)


def nearest(best: Mapping[float, Settings], tuned_at: float | None) -> Callable[[float], Settings]:
    """Of the best settings by budget of search, those of the nearest one on a logarithmic scale.

    With `tuned_at`, a budget of search, its settings serve all budgets.
    """
    return lambda budget: best[_nearest(tuned_at or budget, best)]


def _nearest(budget: float, searched: Iterable[float]) -> float:
    return min(searched, key=lambda b: (abs(math.log(b / budget)), b))


def start_of(job: Trained) -> Start | Starts | Weights | None:
    """What a method starts from: one network, another method's networks, or their weights."""
    if job.start:
        return read_start(job.start)
    return Weights(weights_of(job.parent)) if job.parent else None


def read_start(sweep: Sweep) -> Start | Starts:
    """The stored network of a sweep at budget 1, or those of another sweep by budget.

    Checked against the record, whose columns they have; Refused where a checkpoint is another.
    """
    networks = {row["budget"]: _checked(sweep, row) for row in records.read(sweep.path)}
    return Start(networks[1.0]) if sweep.budgets == [1.0] else Starts(networks)


def _checked(sweep: Sweep, row: records.Row) -> Compressed:
    budget, columns = row["budget"], {"epochs_total": int(row["epochs_total"])}
    blob = checked_bytes(sweep, budget, row["checkpoint_sha256"])
    read = checkpoint.decode(blob, budget=budget, where=str(sweep.checkpoint(budget)))
    return replace(read, columns=columns)
