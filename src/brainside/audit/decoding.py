"""Checkpoints decoded and evaluated again, and compared with their records."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from brainside.analysis import coding_tables
from brainside.archive import mistakes
from brainside.archive.checkpoints import copies_at_hand, unpacked
from brainside.archive.specs import machine_of
from brainside.audit.consistency import files_at_hand
from brainside.base.errors import Refused
from brainside.base.tables import rows_of
from brainside.jobs import coding
from brainside.jobs import plotdata as plots
from brainside.jobs.sweep import evaluated
from brainside.methods.contract import open_task
from brainside.representations import checkpoint
from brainside.representations.sizes import count
from brainside.study.codings import Coding, existing
from brainside.study.plotdata import plotdata
from brainside.study.study import Study
from brainside.study.sweeps import Sweep
from brainside.training.machine import machine, prepare

# Measures of a coding that are compared with those of the same checkpoint coded again.
CODED = ("bytes", "position_bytes", "value_bytes", "weights", "valid_error", "test_error",
         "valid_loss", "test_loss")  # fmt: skip


def decode(study: Study) -> Iterator[tuple[str, bool]]:
    """Decode and evaluate every checkpoint at hand: one line each, and whether it agrees.

    Sizes, errors and losses must be the record's; where another kind of processor made it, up to a
    thousandth of the images may differ, and losses as little. Plot data and codings whose
    checkpoints are all at hand are made again.
    """
    prepare()
    yield from _plotted(study)
    yield from _coded(study)
    for path, row in files_at_hand(study):
        sweep = study.find(row["task"], row["method"], row["seed"], [row["budget"]])
        try:
            columns = _decoded(sweep, path)
        except Refused as refusal:
            yield str(refusal), False
            continue
        same = machine_of(sweep) == machine()
        kept: dict[str, Any] = dict(row)
        off = [n for n, value in columns.items() if not _close(n, value, kept[n], same)]
        text = f"{path}: test error {columns['test_error']:.4%}, record {row['test_error']:.4%}"
        yield f"{text}; {', '.join(off)}" if off else text, not off


def _plotted(study: Study) -> Iterator[tuple[str, bool]]:
    for job in plotdata(study):
        if job.done and all(copies_at_hand(job.sweep, budget) for budget in job.budgets):
            text = f"{job.path}: made of its checkpoints again"
            try:
                yield text, job.path.read_bytes() == plots.text(job).encode()
            except Refused as refusal:
                yield str(refusal), False


def _coded(study: Study) -> Iterator[tuple[str, bool]]:
    """Codings made again but for values that are trained: a line each.

    No file says on which processor they were made, so that a thousandth may differ.
    """
    for job in existing(study):
        if job.possible and all(copies_at_hand(job.sweep, budget) for budget in job.budgets):
            try:
                off = list(_recoded(job))
            except Refused as refusal:
                yield str(refusal), False
                continue
            yield f"{job.path}: coded again, but for what is trained{''.join(off)}", not off


def _recoded(job: Coding) -> Iterator[str]:
    """The rows of a coding that its checkpoints do not give."""
    names = ("budget", "codec", "setting")
    kept = {tuple(row[n] for n in names): row for row in rows_of(coding_tables.read(job.path))}
    for row in coding.rows_of(job, retraining=False):
        place = tuple(row[n] for n in names)
        theirs = kept.get(place, dict.fromkeys(CODED, math.nan))
        off = [n for n in CODED if n in row and not _close(n, row[n], theirs[n], same=False)]
        if off:
            yield f"; {' '.join(map(str, place))}: {', '.join(off)}"


def _decoded(sweep: Sweep, path: Path) -> dict[str, float]:
    """The columns of a record that its checkpoint gives."""
    task = open_task(sweep.spec["task"], "cpu", sweep.inputs()["data"])
    loss = {**sweep.spec["task"]["recipe"], **sweep.spec["method"].get("recipe", {})}["loss"]
    compressed = checkpoint.decode(unpacked(path), where=str(path))
    found = {**count(compressed, task.image_shape), **evaluated(compressed, task.data, loss)}
    return {name: value for name, value in found.items() if name != mistakes.COLUMN}


def _close(column: str, found: float, kept: float, same: bool) -> bool:
    """Whether a value is the record's; `same`: on the kind of processor that made it."""
    allowed = (1e-12 if same else 1e-3) * column.endswith(("_error", "_loss", "bytes"))
    if column.endswith(("_loss", "bytes")):
        allowed *= max(1.0, abs(kept))
    return found == kept or abs(found - kept) <= allowed or math.isnan(found) and math.isnan(kept)
