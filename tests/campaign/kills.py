"""Sweeps and studies that are killed again and again, and in the end have the same files."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from campaign import kills_of_studies
from campaign.case import Outcome, inside
from campaign.small import small_archive
from helpers.project import artifacts

from brainside.base.paths import PACKAGE
from brainside.study import study
from brainside.study.sweeps import Sweep

LONGEST = 6.0  # seconds after which a job is killed: most of it is imports and training
PER_JOB = 4  # kills of a job before it may end
STUDIES = 4  # of as many jobs the last one is a whole study


def outcomes(folder: Path, first: int) -> Iterator[Outcome]:
    """Each kill of a job that is run again; the last of each says whether all bytes came back."""
    archive = small_archive(folder)
    with inside(archive):
        sweeps = [s for s in study.load("config/quick").sweeps if s.parent or s.search]
    for job in range(first // PER_JOB, 1 << 30):
        if job % STUDIES == STUDIES - 1:
            yield from kills_of_studies.killed(folder, job, PER_JOB)
            continue
        sweep = sweeps[job % len(sweeps)]
        copy = folder / "killed"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(archive, copy, symlinks=True)
        with inside(copy):
            yield from _killed(sweep, job)


def _killed(sweep: Sweep, job: int) -> Iterator[Outcome]:
    """The kills of one job, in a copy of the archive that lacks what it makes."""
    expected, draw = artifacts(sweep), random.Random(job)
    for path in expected:
        Path(path).unlink()
    for _ in range(PER_JOB - 1):
        _run(sweep, draw)
        yield Outcome(True, True, False, "")
    _run(sweep, draw)
    done = subprocess.run(_command(sweep), env=_environment(), capture_output=True)
    present = artifacts(sweep) if sweep.path.exists() else {}
    names = sorted({*expected, *present})
    wrong = [name for name in names if present.get(name) != expected.get(name)]
    ended = done.returncode == 0
    text = f"{sweep.path}: status {done.returncode}, differs: {wrong[:3]}"
    yield Outcome(ended, ended, bool(wrong), text)


def _run(sweep: Sweep, draw: random.Random) -> None:
    """Start a job, and stop and continue it, end it or kill it at a random moment."""
    process = subprocess.Popen(
        _command(sweep), env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(draw.uniform(0, LONGEST))
    how = draw.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
    process.send_signal(how)
    if how == signal.SIGSTOP:
        time.sleep(draw.uniform(0, 1))
        process.send_signal(signal.SIGCONT)
        time.sleep(draw.uniform(0, 1))
        process.kill()
    process.wait()


def _command(sweep: Sweep) -> list[str]:
    return [sys.executable, "-m", "brainside.cli.main", "sweep", "config/quick", sweep.task,
            sweep.method, "--seed", str(sweep.seed), "--key", sweep.key]  # fmt: skip


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "OMP_NUM_THREADS": "1"}
