"""Records against their sweeps, against the mistakes beside them, and against themselves."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from brainside.archive import mistakes, records
from brainside.archive.records import COLUMNS, Row
from brainside.archive.specs import differences, explained, read_json, spec_path
from brainside.audit.copies import readable
from brainside.base.files import read_committed, restore
from brainside.jobs.sweep import allowance
from brainside.networks.weights import weights_of
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

Owners = dict[tuple[str, str, str], tuple[Any, Sweep]]  # by task, method and what is compared


def wrong(sweep: Sweep) -> Iterator[str]:
    """What does not follow, in a record, from its sweep, from its mistakes or from itself."""
    rows = records.read(sweep.path)
    yield from _spec(sweep)
    if [row["budget"] for row in rows] != sweep.budgets:
        yield "its budgets are not those of the config"
        return
    fixed = {"study": sweep.study, "task": sweep.task, "method": sweep.method,
             "data_digest": sweep.spec["task"]["digest"]}  # fmt: skip
    for column, value in fixed.items():
        if any(row.get(column) != value for row in rows):
            yield f"column {column} is not {value}"
    names = list(rows[0])
    if names != [*COLUMNS, *sorted(set(names) - set(COLUMNS))]:
        yield "its columns are in another order than a sweep writes them"
    by_budget, beside = mistakes.read(sweep.path), mistakes.path_of(sweep.path)
    for row in rows:
        at, mistaken = f"budget {row['budget']:g}", by_budget.get(row["budget"])
        if mistaken is None or not abs(mistaken.mean() - row["test_error"]) <= 1e-12:
            yield f"{at}: test_error is not the share of mistakes in {beside}"
        yield from (f"{at}: {what}" for what in _row(sweep, row))
    yield from _epochs(sweep, rows)


def unlike(study: Study) -> Iterator[str]:
    """Records that lack what the other seeds of their method and task have, or have more of it.

    All seeds have the same columns, and are trained for as many epochs unless one diverged.
    """
    owners: Owners = {}
    for sweep in readable(study):
        rows, place = records.read(sweep.path), (sweep.task, sweep.method)
        found = {"columns": frozenset(rows[0])} | {
            f"epochs_total at budget {row['budget']:g}": row["epochs_total"]
            for row in rows if not row["diverged"]
        }  # fmt: skip
        for what, value in found.items():
            other, owner = owners.setdefault((*place, what), (value, sweep))
            if other != value:
                yield f"{sweep.path}: {what}: not as in {owner.path}"


def _spec(sweep: Sweep) -> Iterator[str]:
    """What of the file beside a record is not as the sweep writes it, down to the byte."""
    path = spec_path(sweep)
    kept = read_json(path)
    machine = kept.get("machine")
    if kept.get("spec") != sweep.spec or kept.get("key") != sweep.key:
        where = "; ".join(differences(kept.get("spec"), sweep.spec)[:3])
        yield f"{path} is not what the config gives: {where or 'its key is another'}"
    elif not isinstance(machine, str) or read_committed(path) != explained(sweep, machine):
        yield f"{path} is not as a sweep writes it; {restore(path)}"


def _row(sweep: Sweep, row: Row) -> Iterator[str]:
    """What of a row follows neither from its sweep nor from its other columns."""
    if row["row_key"] != sweep.row_key(row["budget"]):
        yield "row_key is not what the config gives"
    axis, allowed = allowance(sweep, row["budget"])
    if cast(int, row.get(axis)) > allowed:
        yield f"more {axis.replace('_', '-')} than the budget allows"
    inputs = next(iter(weights_of(sweep.spec["task"]["network"]).values())).shape[1]
    limits: Mapping[str, float] = {
        "nonzero_weights": row["weights"], "connected_inputs": inputs, "train_error": 1,
        "valid_error": 1, "test_error": 1, "weights": math.inf, "biases": math.inf,
        "multiply_adds": math.inf, "checkpoint_bytes": math.inf, "dead_units": math.inf,
        "epochs_total": math.inf,
    }  # fmt: skip
    for column, most in limits.items():
        if not 0 <= cast(float, row.get(column)) <= most:
            yield f"{column} is not between 0 and {most:g}"
    if not row["diverged"] and not math.isfinite(row["train_loss"]):
        yield "train_loss is not finite, but diverged is False"


def _epochs(sweep: Sweep, rows: list[Row]) -> Iterator[str]:
    """Numbers of epochs that are no whole number of trainings, or fall along a trajectory.

    What a network was trained for before, its start's epochs, may be counted or not. A training
    that diverged ends early, and with `patience` all of them end by a rule of their own.
    """
    spec = sweep.spec
    if "patience" in spec["method"].get("params", {}):
        return
    epochs = {**spec["task"]["recipe"], **spec["method"].get("recipe", {})}["epochs"]
    before = {0}
    if sweep.start and sweep.start.done:
        before |= {row["epochs_total"] for row in records.read(sweep.start.path)}
    for row in rows:
        own = [row["epochs_total"] - earlier for earlier in before]
        if not row["diverged"] and all(n % epochs if epochs else n for n in own):
            yield f"budget {row['budget']:g}: epochs_total is no whole number of trainings"
    totals = [row["epochs_total"] for row in rows]
    if "schedule" in spec["method"] and totals != sorted(totals):
        yield "epochs_total falls along its trajectory"
