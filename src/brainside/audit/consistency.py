"""The audit: does everything in the archive follow from the configs and the records?

It works offline and takes seconds. It finds any change that disagrees with the manifest, the
configs, the checkpoints at hand or the generated files. What it cannot find is a forgery that is
consistent in all of them: that is what retraining is for.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import yaml

from brainside.analysis import coding_tables, tables
from brainside.archive import manifest, records
from brainside.archive.checkpoints import INTACT, copies_at_hand, state_of
from brainside.archive.specs import differences, read_json, spec_path
from brainside.archive.superseded import superseded
from brainside.audit import generated
from brainside.base.errors import Refused
from brainside.base.files import sha256
from brainside.jobs.sweep import allowance
from brainside.study import codings
from brainside.study.study import Study
from brainside.study.sweeps import Sweep


def audit(study: Study, *, archived: bool) -> Iterator[str]:
    """One line per finding: the file and what is wrong with it; nothing where all agrees.

    An archived study must also agree with the manifest, and may be incomplete; a live one may not.
    """
    records.read_ahead(sweep.path for sweep in study.everything)
    for check in (_missing, _records, _searches, _codings, _copies, _unexpected,
                  generated.differing, generated.scoreboard, _checkpoints, _manifest,
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
    """What the audit looked at, in one line."""
    sweeps = study.recorded()
    rows = records.read_all(sweep.path for sweep in sweeps)
    diverged, collapsed = int(rows["diverged"].sum()), int(rows["collapsed"].sum())
    at_hand = sum(len(copies_at_hand(s, budget)) for s in sweeps for budget in s.budgets)
    unnamed = len(superseded(study))
    seeds = rows.groupby(tables.CELL)["seed"].nunique()
    expected = tables.expected(study)
    complete = sum(len(wanted) == seeds.get(cell, 0) for cell, wanted in expected.items())
    return (
        f"{study.name}: {len(sweeps)} of {len(study.sweeps)} records, "
        f"{complete} of {len(expected)} cells with all their seeds, each a different one; "
        f"{len(rows)} networks ({diverged} diverged, {collapsed} collapsed), "
        f"{at_hand} checkpoint files at hand, {unnamed} superseded files"
    )


def _missing(study: Study) -> Iterator[str]:
    for sweep in study.sweeps:
        if not sweep.done:
            yield f"{sweep.path}: missing; run the study again"


def _records(study: Study) -> Iterator[str]:
    for sweep in (sweep for sweep in study.everything if sweep.done):
        yield from (f"{sweep.path}: {what}" for what in _record(sweep, records.rows_of(sweep)))


def _record(sweep: Sweep, rows: list[records.Row]) -> Iterator[str]:
    """What does not follow, in a record, from its sweep and its mistakes."""
    kept = read_json(spec_path(sweep))
    if kept.get("spec") != sweep.spec or kept.get("key") != sweep.key:
        where = "; ".join(differences(kept.get("spec"), sweep.spec)[:3])
        yield f"the spec beside it is not what the config gives: {where or 'its key is another'}"
    if [row["budget"] for row in rows] != sweep.budgets:
        yield "its budgets are not those of the config"
        return
    fixed = {"study": sweep.study, "task": sweep.task, "method": sweep.method,
             "data_digest": sweep.spec["task"]["digest"]}  # fmt: skip
    for column, value in fixed.items():
        if any(row.get(column) != value for row in rows):
            yield f"column {column} is not {value}"
    mistakes = records.read_mistakes(sweep.path)
    for row in rows:
        at, wrong = f"budget {row['budget']:g}", mistakes.get(row["budget"])
        if row["row_key"] != sweep.row_key(row["budget"]):
            yield f"{at}: row_key is not what the config gives"
        if wrong is None or abs(wrong.mean() - row["test_error"]) > 1e-12:
            yield f"{at}: test_error is not the share of mistakes in the file beside it"
        axis, allowed = allowance(sweep, row["budget"])
        if cast(int, row.get(axis)) > allowed:
            yield f"{at}: more {axis.replace('_', '-')} than the budget allows"


def _searches(study: Study) -> Iterator[str]:
    for search in (search for search in study.searches if search.done):
        kept = read_json(search.path)
        if kept.get("spec") != search.spec or kept.get("key") != search.key:
            yield f"{search.path}: its spec is not what the config gives"


def _codings(study: Study) -> Iterator[str]:
    for job in codings.existing(study):
        frame, sweep = coding_tables.read(job.path), job.sweep
        settings = [(codec, text) for codec, text, _ in job.settings()]
        asked = [(budget, *setting) for budget in job.budgets for setting in settings]
        if list(frame[["budget", "codec", "setting"]].itertuples(index=False, name=None)) != asked:
            yield f"{job.path}: its rows are not those of the config"
            continue
        digests = records.read(sweep.path).set_index("budget")["checkpoint_sha256"]
        fixed = {"study": sweep.study, "task": sweep.task, "method": sweep.method, "key": job.key,
                 "seed": sweep.seed, "row_key": [sweep.row_key(b) for b, *_ in asked],
                 "checkpoint_sha256": [digests[b] for b, *_ in asked]}  # fmt: skip
        yield from (
            f"{job.path}: column {column} is not what config and record give"
            for column, value in fixed.items()
            if not (frame[column] == value).all()
        )


def _copies(study: Study) -> Iterator[str]:
    """Rows with the same checkpoint, or seeds with the same mistakes: copied records, idle seeds.

    Budgets of one sweep may share a network (where multiply-adds bind, more weights do not help).
    """
    seen: dict[tuple[str, str, str | bytes], Path] = {}
    recorded = study.recorded()
    rows = records.read_all(sweep.path for sweep in recorded)
    networks = rows.drop(columns=["budget", "row_key"]).drop_duplicates()
    digests = dict(iter(networks.groupby("key")["checkpoint_sha256"]))
    for sweep in recorded:
        for digest in digests[sweep.key]:
            network = (sweep.task, sweep.method, digest)
            if network in seen:
                yield f"{sweep.path}: has the same checkpoint as {seen[network]}"
            seen[network] = sweep.path
        for budget, wrong in records.read_mistakes(sweep.path).items():
            first = seen.setdefault((sweep.task, sweep.method, wrong.tobytes()), sweep.path)
            # Networks that call every image the same may agree: they err in half of them or more.
            if first != sweep.path and 0 < wrong.mean() < 0.4:
                yield f"{sweep.path}: budget {budget:g} has the same mistakes as {first}"


def _unexpected(study: Study) -> Iterator[str]:
    for path in superseded(study):
        yield f"{path}: no sweep of {study.path} has it; `brainside superseded` lists such files"


def _checkpoints(study: Study) -> Iterator[str]:
    for path, row in files_at_hand(study):
        if (state := state_of(path, row["checkpoint_sha256"])) != INTACT:
            yield f"{path}: is not the checkpoint of its record ({state})"


def _manifest(study: Study) -> Iterator[str]:
    entered = manifest.read_manifest()
    present = {str(path) for path in manifest.archived_files(study)}
    for path in sorted(present | set(entered)):
        if path not in present:
            yield f"{path}: is in the manifest and is gone; `git restore results` brings it back"
        elif path not in entered:
            yield f"{path}: is not in the manifest; `brainside manifest` enters it"
        elif sha256(Path(path)) != entered[path]:
            yield f"{path}: differs from the manifest; `git restore results` brings it back"


def _lock(study: Study) -> Iterator[str]:
    """Files that dvc.lock has a hash of, folders aside (`dvc status` knows those)."""
    lock = Path("dvc.lock")
    stages = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"] if lock.exists() else {}
    for stage in stages.values():
        for out in stage.get("outs", []):
            path = Path(out["path"])
            if path.is_file() and hashlib.md5(path.read_bytes()).hexdigest() != out["md5"]:
                yield f"{path}: differs from dvc.lock; `dvc commit --force` records it"


def files_at_hand(study: Study) -> Iterator[tuple[Path, records.Row]]:
    """Every checkpoint file and gallery copy at hand, each with the row of its record."""
    for sweep in study.recorded():
        copies = {budget: copies_at_hand(sweep, budget) for budget in sweep.budgets}
        if any(copies.values()):
            for row in records.rows_of(sweep):
                yield from ((path, row) for path in copies.get(row["budget"], []))
