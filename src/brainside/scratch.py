"""Archived sweeps trained again, each in a scratch folder: the archive itself is only read."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path

from brainside import archive, keys, records
from brainside.coding.container import read_whole, sha256, write_whole
from brainside.data.preparation import PREPARED, prepare
from brainside.errors import Refused
from brainside.manifest import gallery_copy
from brainside.runs import STATE
from brainside.study import Study
from brainside.sweep import RESULTS, Sweep

SCRATCH = STATE / "audit"


@lru_cache
def code() -> str:
    """Eight hex digits of the package's source, which retrained records belong to."""
    paths = sorted(keys.PACKAGE.rglob("*.py"))
    return keys.key([[str(p.relative_to(keys.PACKAGE)), sha256(p)] for p in paths])


def folder(sweep: Sweep) -> Path:
    """The scratch folder of a sweep; its files have the same paths in it as in the archive."""
    return SCRATCH / code() / sweep.key


def retrained(study: Study, sweeps: Sequence[Sweep], cores: int) -> Iterator[tuple[Sweep, str]]:
    """Train sweeps, so many at a time, and yield each when done, with what went wrong or nothing.

    A reference whose checkpoint is not at hand is trained before, in a folder of its own. A sweep
    that a killed job of the same code has finished is not trained again, one that it has begun goes
    on.
    """
    for name in {sweep.spec["task"]["dataset"] for sweep in sweeps}:
        if not (PREPARED / f"{name}.npz").exists():
            prepare(name)
    references = {s.reference.record: s.reference for s in sweeps if s.reference}
    absent = [each for each in references.values() if at_hand(each) is None]
    for stage in (absent, sweeps):
        for sweep, error in _stage(study, stage, cores):
            if error or stage is sweeps:
                yield sweep, error


def clear(keep_current: bool) -> None:
    """Delete the scratch folders, or only those of another state of the code."""
    for each in SCRATCH.glob("*"):
        if not keep_current or each.name != code():
            shutil.rmtree(each, ignore_errors=True)


def at_hand(reference: Sweep) -> bytes | None:
    """A reference's checkpoint, of the archive or the gallery, if it is the one of the record."""
    checkpoint = reference.checkpoint(1.0)
    for path in filter(Path.exists, (checkpoint, gallery_copy(checkpoint))):
        try:
            wanted = records.read(reference.record).iloc[0]["checkpoint_sha256"]
            blob = archive.unpack(path)
        except Refused:  # a damaged one is none; the audit names it
            continue
        if hashlib.sha256(blob).hexdigest() == wanted:
            return blob
    return None


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
    here = folder(sweep)
    if (here / sweep.record).exists():
        return ""
    try:
        _furnish(sweep, here)
    except Refused as refusal:
        return str(refusal)
    command = [sys.executable, "-m", "brainside.cli.main", "sweep", str(study.path.resolve()),
               sweep.task, sweep.method, "--seed", str(sweep.seed), "--key", sweep.key]  # fmt: skip
    paths = [str(keys.PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)),
                   "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # fmt: skip
    done = subprocess.run(command, cwd=here, env=environment, stdout=subprocess.DEVNULL)
    return f"{sweep.record}: not retrained, exit status {done.returncode}" * bool(done.returncode)


def _furnish(sweep: Sweep, here: Path) -> None:
    """Link what a sweep only reads, and copy its reference from the archive or its own folder."""
    for name in (Path("config"), Path("workflow"), PREPARED, RESULTS / "tuned"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        if name.exists() and not (here / name).is_symlink():
            (here / name).symlink_to(name.resolve())
    reference = sweep.reference
    if not reference:
        return
    blob, source = at_hand(reference), Path()
    if blob is None:
        source = folder(reference)
        blob = read_whole(source / reference.checkpoint(1.0))
    write_whole(here / reference.checkpoint(1.0), blob)
    for file in archive.record_files(reference):
        write_whole(here / file, read_whole(source / file))
