"""Archived sweeps trained again, each in a scratch folder: the archive itself is only read."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path

from brainside.archive import records
from brainside.archive.checkpoints import intact_bytes
from brainside.base import keys, paths
from brainside.base.errors import Refused
from brainside.base.files import read_whole, sha256, write_whole
from brainside.base.paths import PACKAGE, STATE
from brainside.data.preparation import prepare
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

SCRATCH = STATE / "audit"


@lru_cache
def source_digest() -> str:
    """Eight hex digits of the package's source, which retrained records belong to."""
    files = sorted(PACKAGE.rglob("*.py"))
    return keys.key([[str(p.relative_to(PACKAGE)), sha256(p)] for p in files])


def folder(sweep: Sweep) -> Path:
    """The scratch folder of a sweep; its files have the same paths in it as in the archive."""
    return SCRATCH / source_digest() / sweep.key


def retrained(study: Study, sweeps: Sequence[Sweep], cores: int) -> Iterator[tuple[Sweep, str]]:
    """Train sweeps, `cores` at a time; yield each when it is done, with its error or "".

    What they start from is trained first where its checkpoints are not at hand, in a folder of its
    own. A sweep that a killed run of the same code has finished is not trained again; one that it
    has begun is resumed.
    """
    for name in {sweep.spec["task"]["dataset"] for sweep in sweeps}:
        if not paths.filled(paths.DATASET, dataset=name).exists():
            prepare(name)
    for stage in (*_absent_starts(sweeps), sweeps):
        for sweep, error in _stage(study, stage, cores):
            if error or stage is sweeps:
                yield sweep, error


def _absent_starts(sweeps: Sequence[Sweep]) -> list[list[Sweep]]:
    """Starts without checkpoints at hand, in stages: those of starts come first."""
    starts = {s.start.path: s.start for s in sweeps if s.start and at_hand(s.start) is None}
    absent = list(starts.values())
    return [*_absent_starts(absent), absent] if absent else []


def absent_starts(sweep: Sweep) -> list[Sweep]:
    """What has to be trained before a sweep because its checkpoints are not at hand, in order."""
    return [start for stage in _absent_starts([sweep]) for start in stage]


def clear(keep_current: bool) -> None:
    """Delete the scratch folders, or only those of another state of the code."""
    for scratch in SCRATCH.glob("*"):
        if not keep_current or scratch.name != source_digest():
            shutil.rmtree(scratch, ignore_errors=True)


def at_hand(start: Sweep) -> dict[Path, bytes] | None:
    """A start's checkpoints, of the archive or the gallery, if all are those of the record."""
    try:
        rows = records.read(start.path)
    except Refused:  # a damaged one is none; the audit names it
        return None
    blobs = {
        start.checkpoint(row["budget"]): intact_bytes(
            start, row["budget"], row["checkpoint_sha256"]
        )
        for row in rows
    }
    intact = {path: blob for path, blob in blobs.items() if blob is not None}
    return intact if len(intact) == len(blobs) else None


def _stage(study: Study, sweeps: Sequence[Sweep], cores: int) -> Iterator[tuple[Sweep, str]]:
    with ThreadPoolExecutor(cores) as pool:
        jobs = {pool.submit(_train, study, sweep): sweep for sweep in sweeps}
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _train(study: Study, sweep: Sweep) -> str:
    """Run one sweep in its folder by the command of the workflow; what went wrong, or nothing."""
    scratch = folder(sweep)
    if (scratch / sweep.path).exists():
        return ""
    try:
        _furnish(sweep, scratch)
    except Refused as refusal:
        return str(refusal)
    command = [sys.executable, "-m", "brainside.cli.main", "sweep", str(study.path.resolve()),
               sweep.task, sweep.method, "--seed", str(sweep.seed), "--key", sweep.key]  # fmt: skip
    modules = [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, modules)),
                   "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # fmt: skip
    done = subprocess.run(command, cwd=scratch, env=environment, stdout=subprocess.DEVNULL)
    return f"{sweep.path}: not retrained, exit status {done.returncode}" * bool(done.returncode)


def _furnish(sweep: Sweep, scratch: Path) -> None:
    """Link what a sweep only reads, and copy what it starts from, of the archive or retrained."""
    for name in (paths.CONFIG, Path("workflow"), paths.PREPARED, paths.RESULTS / "tuned"):
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        if name.exists() and not (scratch / name).is_symlink():
            (scratch / name).symlink_to(name.resolve())
    for path, blob in _start_files(sweep).items():
        write_whole(scratch / path, blob)


def _start_files(sweep: Sweep) -> dict[Path, bytes]:
    """The parent's record with what is beside it, and its checkpoints if the sweep starts there."""
    if not sweep.parent:
        return {}
    source, blobs = Path(), at_hand(sweep.start) if sweep.start else {}
    if sweep.start and blobs is None:
        source = folder(sweep.start)
        checkpoints = map(sweep.start.checkpoint, sweep.start.budgets)
        blobs = {path: read_whole(source / path) for path in checkpoints}
    return {**(blobs or {}), **{path: read_whole(source / path) for path in sweep.parent.files}}
