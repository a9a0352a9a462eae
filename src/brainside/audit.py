"""The audit: does everything in the archive follow from the configs and the records?

Offline, in seconds. It finds any change that disagrees with the manifest, the configs, the
checkpoints at hand or the generated files. A consistent forgery of all of them is what retraining
is for.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml

from brainside import archive, coding_tables, generated, records, tables
from brainside.coding import container, sizes
from brainside.errors import Refused
from brainside.files import read_whole, sha256
from brainside.provenance import machine_of
from brainside.runs import allowance, evaluated, machine
from brainside.study import Study
from brainside.sweep import Sweep, differences
from brainside.task import open_task
from brainside.training import prepare


def audit(study: Study, *, archived: bool) -> Iterator[str]:
    """One line a finding: the place and what is wrong there. No line, nothing found.

    An archived study must also agree with the manifest, and may be incomplete; a live one may not.
    """
    for check in (_missing, _records, _searches, _codings, _copies, _unexpected,
                  generated.differing, generated.readme, _checkpoints, _manifest,
                  _lock):  # fmt: skip
        if check in ((_missing,) if archived else (_unexpected, _manifest, _lock)):
            continue
        try:
            yield from check(study)
        except Refused as refusal:
            yield str(refusal)
        except FileNotFoundError as error:
            yield f"{error.filename}: missing; {generated.REMEDY}"


def counts(study: Study) -> str:
    """What the audit looked at, in a line."""
    sweeps = tables.existing(study)
    rows = records.read_all(sweep.record for sweep in sweeps)
    diverged, collapsed = int(rows["diverged"].sum()), int(rows["collapsed"].sum())
    at_hand = sum(path.exists() for sweep in sweeps for path in _checkpoint_files(sweep))
    unnamed = len(archive.superseded(study))
    seeds = rows.groupby(tables.CELL)["seed"].nunique()
    expected = tables.expected(study)
    whole = sum(len(wanted) == seeds.get(cell, 0) for cell, wanted in expected.items())
    return (
        f"{study.name}: {len(sweeps)} of {len(study.sweeps)} records, "
        f"{whole} of {len(expected)} cells with all their seeds, each a different one; "
        f"{len(rows)} networks ({diverged} diverged, {collapsed} collapsed), "
        f"{at_hand} checkpoint files at hand, {unnamed} superseded files"
    )


def _missing(study: Study) -> Iterator[str]:
    for sweep in study.sweeps:
        if not sweep.record.exists():
            yield f"{sweep.record}: missing; run the study again"


def _records(study: Study) -> Iterator[str]:
    for sweep in (s for s in study.everything() if s.record.exists()):
        frame = records.read(sweep.record)
        yield from (f"{sweep.record}: {what}" for what in _record(sweep, frame))


def _record(sweep: Sweep, frame: pd.DataFrame) -> Iterator[str]:
    """What in a record does not follow from its sweep and its mistakes."""
    beside = _json(sweep.record.with_suffix(".json"))
    if beside.get("spec") != sweep.spec or beside.get("key") != sweep.key:
        where = "; ".join(differences(beside.get("spec"), sweep.spec)[:3])
        yield f"the spec beside it is not what the config gives: {where or 'its key is another'}"
    if list(frame["budget"]) != sweep.budgets:
        yield "its budgets are not those of the config"
        return
    fixed = {"study": sweep.study, "task": sweep.task, "method": sweep.method,
             "data_digest": sweep.spec["task"]["digest"]}  # fmt: skip
    for column, value in fixed.items():
        if not (frame[column] == value).all():
            yield f"column {column} is not {value}"
    mistakes = records.read_mistakes(sweep.record)
    for row in frame.to_dict("records"):
        at, wrong = f"budget {row['budget']:g}", mistakes.get(row["budget"])
        if row["row_key"] != sweep.row_key(row["budget"]):
            yield f"{at}: row_key is not what the config gives"
        if wrong is None or abs(wrong.mean() - row["test_error"]) > 1e-12:
            yield f"{at}: test_error is not the share of mistakes in the file beside it"
        axis, allowed = allowance(sweep, row["budget"])
        if row[axis] > allowed:
            yield f"{at}: more {axis.replace('_', '-')} than the budget allows"


def _searches(study: Study) -> Iterator[str]:
    for tuning in (t for t in study.tunings() if t.path.exists()):
        found = _json(tuning.path)
        if found.get("spec") != tuning.spec or found.get("key") != tuning.key:
            yield f"{tuning.path}: its spec is not what the config gives"


def _codings(study: Study) -> Iterator[str]:
    for job in coding_tables.existing(study):
        frame, sweep = coding_tables.read(job.path), job.sweep
        settings = [(codec, text) for codec, text, _ in job.settings()]
        asked = [(budget, *each) for budget in job.budgets for each in settings]
        if list(frame[["budget", "codec", "setting"]].itertuples(index=False, name=None)) != asked:
            yield f"{job.path}: its rows are not those of the config"
            continue
        digests = records.read(sweep.record).set_index("budget")["checkpoint_sha256"]
        fixed = {"study": sweep.study, "task": sweep.task, "method": sweep.method, "key": job.key,
                 "seed": sweep.seed, "row_key": [sweep.row_key(b) for b, *_ in asked],
                 "checkpoint_sha256": [digests[b] for b, *_ in asked]}  # fmt: skip
        yield from (
            f"{job.path}: column {column} is not what config and record give"
            for column, value in fixed.items()
            if not (frame[column] == value).all()
        )


def _copies(study: Study) -> Iterator[str]:
    """Rows with one checkpoint, or seeds with the same mistakes: a copied record, an idle seed.

    Budgets of one sweep may share a network (where multiply-adds bind, more weights do not help).
    """
    seen: dict[tuple, Path] = {}
    for sweep in tables.existing(study):
        networks = records.read(sweep.record).drop(columns=["budget", "row_key"]).drop_duplicates()
        for digest in networks["checkpoint_sha256"]:
            place = (sweep.task, sweep.method, digest)
            if place in seen:
                yield f"{sweep.record}: has the same checkpoint as {seen[place]}"
            seen[place] = sweep.record
        for budget, wrong in records.read_mistakes(sweep.record).items():
            first = seen.setdefault((sweep.task, sweep.method, wrong.tobytes()), sweep.record)
            # Networks that call every image the same may agree: they err in half of them or more.
            if first != sweep.record and 0 < wrong.mean() < 0.4:
                yield f"{sweep.record}: budget {budget:g} has the same mistakes as {first}"


def _unexpected(study: Study) -> Iterator[str]:
    for path in archive.superseded(study):
        yield f"{path}: no sweep of {study.path} has it; `brainside superseded` lists such files"


def _checkpoints(study: Study) -> Iterator[str]:
    for path, row in _at_hand(study):
        if hashlib.sha256(archive.unpack(path)).hexdigest() != row["checkpoint_sha256"]:
            yield f"{path}: is not the checkpoint of its record"


def _manifest(study: Study) -> Iterator[str]:
    entered = archive.read_manifest()
    found = {str(path) for path in archive.archived_files(study)}
    for path in sorted(found | set(entered)):
        if path not in found:
            yield f"{path}: is in the manifest and is gone; `git restore results` brings it back"
        elif path not in entered:
            yield f"{path}: is not in the manifest; `brainside manifest` enters it"
        elif sha256(Path(path)) != entered[path]:
            yield f"{path}: differs from the manifest; `git restore results` brings it back"


def _lock(study: Study) -> Iterator[str]:
    """Files that dvc.lock has a hash of, folders aside (`dvc status` knows those)."""
    lock = Path("dvc.lock")
    stages = yaml.safe_load(lock.read_text())["stages"] if lock.exists() else {}
    for stage in stages.values():
        for out in stage.get("outs", []):
            path = Path(out["path"])
            if path.is_file() and hashlib.md5(path.read_bytes()).hexdigest() != out["md5"]:
                yield f"{path}: differs from dvc.lock; `dvc commit --force` records it"


def decode(study: Study) -> Iterator[tuple[str, bool]]:
    """Decode and evaluate every checkpoint at hand: a line for each, and whether it agrees.

    Sizes, errors and losses must be the record's; where another kind of processor made it, up to a
    thousandth of the images may differ, and losses as little.
    """
    prepare()
    for path, row in _at_hand(study):
        sweep = study.find(row["task"], row["method"], row["seed"])
        found = _decoded(sweep, path)
        same = machine_of(sweep) == machine()
        off = [n for n, value in found.items() if not _close(n, value, row[n], same)]
        text = f"{path}: test error {found['test_error']:.4%}, record {row['test_error']:.4%}"
        yield f"{text}; {', '.join(off)}" if off else text, not off


def _decoded(sweep: Sweep, path: Path) -> dict[str, float]:
    """The columns of a record that its checkpoint gives."""
    task = open_task(sweep.spec["task"], "cpu")
    loss = {**sweep.spec["task"]["recipe"], **sweep.spec["method"].get("recipe", {})}["loss"]
    compressed = container.decode(archive.unpack(path), where=str(path))
    found = {**sizes.count(compressed, task.image_shape), **evaluated(compressed, task.data, loss)}
    return {name: value for name, value in found.items() if name != records.MISTAKES}


def _close(column: str, found: float, kept: float, same: bool) -> bool:
    """Whether a value is the record's; `same`: on the kind of processor that made it."""
    allowed = (1e-12 if same else 1e-3) * column.endswith(("_error", "_loss"))
    if column.endswith("_loss"):
        allowed *= max(1.0, abs(kept))
    return found == kept or abs(found - kept) <= allowed or math.isnan(found) and math.isnan(kept)


def _at_hand(study: Study) -> Iterator[tuple[Path, dict]]:
    for sweep in tables.existing(study):
        for row in records.read(sweep.record).to_dict("records"):
            path = sweep.checkpoint(row["budget"])
            for file in (path, archive.gallery_copy(path)):
                if file.exists():
                    yield file, row


def _checkpoint_files(sweep: Sweep) -> list[Path]:
    paths = [sweep.checkpoint(budget) for budget in sweep.budgets]
    return [*paths, *map(archive.gallery_copy, paths)]


def _json(path: Path) -> dict:
    try:
        return json.loads(read_whole(path))
    except ValueError:
        raise Refused(f"{path}: unreadable; `git restore results` brings it back") from None
