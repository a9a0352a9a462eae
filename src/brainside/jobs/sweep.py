"""One sweep from its spec to its record: train, write, decode what was written, evaluate that.

Finished budgets are kept under their row key until the record is complete, so that a killed job
redoes only the budget it was in, and a budget added later trains only itself.
"""

import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from brainside.archive import mistakes, records
from brainside.archive.records import weights_of
from brainside.archive.specs import write_spec
from brainside.base.errors import Refused
from brainside.base.files import sha256, write_whole
from brainside.base.paths import STATE
from brainside.base.progress import Progress
from brainside.data.datasets import Data
from brainside.jobs.inputs import points_of, settings_of_sweep, start_of
from brainside.methods.contract import Run, Settings, Task, find, open_task
from brainside.networks.allowance import AXES
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.representations.sizes import count
from brainside.study.sweeps import Sweep
from brainside.training.evaluation import evaluate
from brainside.training.machine import machine, prepare


def run(sweep: Sweep) -> None:
    """Make a sweep's record, its spec beside it, and its checkpoints.

    Raises Refused when the start or the searched settings are missing or not those of the key, or
    when the method stores more weights than a budget allows.
    """
    prepare()
    processor = machine()
    for budget in sweep.points:
        allowance(sweep, budget)  # one that leaves nothing is refused before anything is trained
    data = sweep.inputs()["data"]
    task = open_task(sweep.spec["task"], sweep.spec["numerics"]["device"], data)
    progress = Progress(f"{sweep.task} {sweep.method} seed {sweep.seed}", STATE / sweep.key)
    settings = settings_of_sweep(sweep)
    rows: list[Mapping[str, Any]] = []
    for budget, row in _rows(sweep, task, settings, progress):
        if budget in sweep.budgets:
            rows.append({**row, "study": sweep.study, "key": sweep.key})
            _copy(_state(sweep, budget) / "checkpoint", sweep.checkpoint(budget))
    absent = set(sweep.budgets) - {float(row["budget"]) for row in rows}
    if absent:
        raise Refused(f"{sweep.method} gave no network at budget {max(absent):g}")
    rows.sort(key=lambda row: -float(row["budget"]))
    write_spec(sweep, processor)
    records.write(rows, sweep.path)
    for folder in [STATE / sweep.key, *(_state(sweep, budget) for budget in sweep.points)]:
        shutil.rmtree(folder, ignore_errors=True)


def evaluated(decoded: Compressed, data: Data, loss: str) -> dict[str, Any]:
    """Errors, losses and test mistakes of the network that was decoded from a checkpoint file."""
    network = decoded.network()
    row: dict[str, Any] = {}
    for name in ("train", "valid", "test"):
        evaluation = evaluate(network, getattr(data, name), loss)
        row |= {f"{name}_error": evaluation.error, f"{name}_loss": evaluation.loss}
    return {**row, mistakes.COLUMN: mistakes.pack(evaluation.mistakes.numpy())}


def _rows(
    sweep: Sweep, task: Task, settings: Callable[[float], Settings], progress: Progress
) -> Iterator[tuple[float, dict[str, Any]]]:
    """Budgets with their rows: first the finished ones, then the others as they are trained."""
    finished = {b: row for b in sweep.points if (row := _finished(sweep, b))}
    missing = [b for b in sweep.budgets if b not in finished]
    todo, resume = _todo(sweep, finished, missing)
    yield from ((b, row) for b, row in finished.items() if b not in todo)
    if not todo:
        return
    run = Run(
        task,
        todo,
        settings,
        sweep.seed,
        progress,
        start=start_of(sweep),
        resume=resume,
        points=points_of(sweep.spec),
    )
    for compressed in find(sweep.spec["method"]["function"])(run):
        yield compressed.budget, _finish(sweep, task, compressed, settings)


def _todo(
    sweep: Sweep, finished: Mapping[float, dict[str, Any]], missing: list[float]
) -> tuple[list[float], Compressed | None]:
    """The budgets to be trained, and the network that a trajectory goes on from.

    That is the last finished point before the first gap.
    """
    if "schedule" not in sweep.spec["method"] or not missing:
        return missing, None
    before = [b for b in sweep.points if b > missing[0]]
    done = [b for b in before if b in finished]
    if not done:
        return [b for b in sweep.points if b >= missing[-1]], None
    todo = [b for b in sweep.points if missing[-1] <= b < done[-1]]
    return todo, _resumed(sweep, done[-1], finished[done[-1]])


def _resumed(sweep: Sweep, budget: float, row: Mapping[str, Any]) -> Compressed:
    compressed = checkpoint.read(_state(sweep, budget) / "checkpoint", budget=budget)
    return replace(compressed, columns={"epochs_total": int(row["epochs_total"])})


def _finish(
    sweep: Sweep, task: Task, compressed: Compressed, settings: Callable[[float], Settings]
) -> dict[str, Any]:
    """Write the checkpoint, decode the file, evaluate that, and keep the row with it."""
    budget, folder = compressed.budget, _state(sweep, compressed.budget)
    counted = count(compressed, task.image_shape)
    axis, allowed = allowance(sweep, budget)
    if counted[axis] > allowed:
        raise Refused(
            f"{sweep.method} has {counted[axis]} {axis} at budget {budget:g}, {allowed} are allowed"
        )
    digest = checkpoint.write(compressed, folder / "checkpoint")
    row = {
        "task": sweep.task, "method": sweep.method, "budget": budget, "seed": sweep.seed,
        "row_key": sweep.row_key(budget), **counted,
        **evaluated(checkpoint.read(folder / "checkpoint"), task.data, settings(budget)["loss"]),
        **compressed.columns,
        "data_digest": task.data.digest, "checkpoint_sha256": digest,
    }  # fmt: skip
    if not math.isfinite(row["train_loss"]):  # training looks at no loss after its last step
        row["diverged"] = True
    write_whole(folder / "row.json", json.dumps(row).encode())
    return row


def allowance(sweep: Sweep, budget: float) -> tuple[str, int]:
    """The column of the record that a budget limits, and the most that it may be.

    Raises Refused where a network cannot be made as small, or where the record is missing whose
    numbers of weights are the limit.
    """
    if sweep.parent and not sweep.start:
        return "weights", weights_of(sweep.parent)[budget]
    axis = sweep.spec["method"].get("budget_of", "weights")
    return axis, AXES[axis](sweep.spec["task"]["network"], budget)


def _state(sweep: Sweep, budget: float) -> Path:
    return STATE / sweep.row_key(budget)


def _finished(sweep: Sweep, budget: float) -> dict[str, Any] | None:
    """The row of a budget that was trained before: kept by a killed job, or in an older record."""
    folder = _state(sweep, budget)
    if not (folder / "row.json").exists():
        _adopt(sweep, budget, folder)
    if not (folder / "row.json").exists():
        return None
    row = json.loads((folder / "row.json").read_text(encoding="utf-8"))
    intact = sha256(folder / "checkpoint") == row["checkpoint_sha256"]
    return row if intact else None


def _adopt(sweep: Sweep, budget: float, folder: Path) -> None:
    """Take over a row with the same key from a record with other budgets, and its checkpoint."""
    for record in sorted(sweep.path.parent.glob(f"seed={sweep.seed}.*.csv")):
        row = records.find_row(record, sweep.row_key(budget))
        checkpoint = sweep.checkpoints.with_name(record.stem) / sweep.checkpoint(budget).name
        if row and checkpoint.exists():
            _copy(checkpoint, folder / "checkpoint")
            write_whole(folder / "row.json", json.dumps(row).encode())
            return


def _copy(source: Path, target: Path) -> None:
    write_whole(target, source.read_bytes())
