"""A study that is killed again and again while Snakemake runs it, and then has all its records."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from campaign.case import Outcome
from helpers.shortened import copied, environment, records, snakemake

LONGEST = 25.0  # seconds after which it is killed: most of them are a job's imports and training
TARGET = "results/tables/quick/rows.csv"
COMMAND = ("--cores", "2", TARGET)
MADE = ("runs", "tuned", "checkpoints", "tables")


def killed(folder: Path, number: int, kills: int) -> Iterator[Outcome]:
    """Each kill of a study that is run again; the last says whether its records all came back."""
    whole, copy = _trained(folder / "study"), folder / "killed_study"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(whole, copy, symlinks=True)
    for made in MADE:
        shutil.rmtree(copy / "results" / made / "quick")
    draw = random.Random(number)
    for _ in range(kills - 1):
        _run(copy, draw)
        yield Outcome(True, True, False, "")
    _run(copy, draw)
    try:
        printed, ended = snakemake(copy, *COMMAND), True
    except AssertionError as failed:
        printed, ended = str(failed), False
    wanted, ours = records(whole), records(copy)
    wrong = sorted(name for name in ours | wanted if ours.get(name) != wanted.get(name))
    wrong += [str(path) for path in copy.glob("results/**/*.part")]
    yield Outcome(ended, ended, bool(wrong), f"study {number}: {wrong[:3]} {printed[-300:]}")


def _trained(folder: Path) -> Path:
    """The folder of a short study that was run once, undisturbed."""
    part = folder.with_name("part")
    if not folder.exists():
        shutil.rmtree(part, ignore_errors=True)
        snakemake(copied(part), *COMMAND)
        part.rename(folder)
    return folder


def _run(project: Path, draw: random.Random) -> None:
    """Start the study; kill all its processes at a random moment, at once or after another signal.

    That one ends them by themselves, or stops them for a while.
    """
    run = subprocess.Popen(
        ["snakemake", *COMMAND], cwd=project, env=environment(project), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(draw.uniform(3, LONGEST))
    how = draw.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
    _send(run.pid, how)
    if how == signal.SIGSTOP:
        time.sleep(draw.uniform(0, 2))
        _send(run.pid, signal.SIGCONT)
        time.sleep(draw.uniform(0, 2))
    if how == signal.SIGTERM:
        time.sleep(draw.uniform(0, 2))
    _send(run.pid, signal.SIGKILL)
    run.wait()


def _send(group: int, how: signal.Signals) -> None:
    """A signal to all processes of a run that has not ended yet."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, how)
