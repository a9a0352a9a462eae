"""What a sweep takes from other jobs' results: its tuned settings, and the stored reference."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from brainside import keys, records
from brainside.coding import container
from brainside.coding.compressed import Compressed
from brainside.errors import Refused
from brainside.files import read_whole, sha256
from brainside.sweep import Sweep, Tuning


def settings_of_sweep(sweep: Sweep) -> Callable[[float], dict[str, Any]]:
    """A budget's settings in a sweep; Refused where its search is missing or another's."""
    return settings_of(sweep.spec, tuned_settings(sweep.tuning, sweep.spec.get("tuned_at")))


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


def tuned_settings(
    tuning: Tuning | None, tuned_at: float | None = None
) -> Callable[[float], Mapping[str, Any]]:
    """The best settings found, by budget: those of the nearest search on a logarithmic scale.

    With `tuned_at`, a tuning budget, those found there serve all budgets. Raises Refused when the
    file is missing or is not the search that the config asks for.
    """
    if tuning is None:
        return lambda budget: {}
    best = {float(budget): found for budget, found in read_tuning(tuning)["best"].items()}
    return lambda budget: best[_nearest(tuned_at or budget, best)]


def _nearest(budget: float, tuned: Iterable[float]) -> float:
    return min(tuned, key=lambda b: (abs(math.log(b / budget)), b))


def read_tuning(tuning: Tuning) -> dict[str, Any]:
    """The file of a search; Refused when it is missing, unreadable or another search's."""
    blob = read_whole(tuning.path)
    try:
        found = json.loads(blob)
        stale = keys.key(found["spec"]) != tuning.key or not found["best"]
        if not all(float(b) > 0 and isinstance(s, dict) for b, s in found["best"].items()):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{tuning.path}: unreadable; delete it and run again") from None
    if stale:
        raise Refused(f"{tuning.path}: not the search of this config; delete it and run again")
    return found


def start_of(job: Sweep | Tuning) -> Compressed | dict[float, Any] | None:
    """What a method starts from: its reference's networks, or the weights of others by budget."""
    if job.start:
        return read_reference(job.start)
    return weights_of(job.reference) if job.reference else None


def weights_of(sweep: Sweep) -> dict[float, int]:
    """How many weights the networks of a record have, by budget."""
    frame = records.read(sweep.record)
    return dict(zip(frame["budget"], map(int, frame["weights"]), strict=True))


def read_reference(sweep: Sweep) -> Compressed | dict[float, Compressed]:
    """A reference's stored network, or another start's networks by budget.

    Checked against the record, whose columns they have; Refused where a checkpoint is another.
    """
    rows = records.read(sweep.record).to_dict("records")
    found = {row["budget"]: _checked(sweep, row) for row in rows}
    return found[1.0] if sweep.budgets == [1.0] else found


def _checked(sweep: Sweep, row: Mapping[str, Any]) -> Compressed:
    path = sweep.checkpoint(row["budget"])
    if sha256(path) != row["checkpoint_sha256"]:
        raise Refused(f"{path}: not the checkpoint of {sweep.record}; delete both and run again")
    columns = {"epochs_total": int(row["epochs_total"])}
    return replace(container.read(path, budget=row["budget"]), columns=columns)
