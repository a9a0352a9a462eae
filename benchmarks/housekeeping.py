"""What is done around the training: audit and planning, and how they grow with the study."""

import math
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from synthetic import study_of, write_archive
from timing import processor_seconds

from brainside.audit import consistency
from brainside.base.garbage import collect_seldom
from brainside.study.codings import codings
from brainside.study.expansion import Part
from brainside.study.study import Study, of_config
from brainside.study.workflow import all_jobs

REPETITIONS = 3
SMALL, LARGE = 20, 315  # seeds of 32 sweeps: about 650 and 10,000
FEW, MANY = 16, 64  # seeds of 10 codings
TASK = "digits/mlp100"


def measure() -> Iterator[tuple[str, list[float]]]:
    """Processor seconds of commands on the paper study, and exponents on synthetic ones."""
    collect_seldom()  # as every command does
    yield "audit of both studies, s of processor", _command("brainside", "audit")
    yield "dry run of both studies, s of processor", _command("snakemake", "-n", "--quiet")
    small, large = study_of(SMALL), study_of(LARGE)
    plan = [_seconds(lambda s=s: all_jobs([of_config(s.config, s.path)])) for s in (small, large)]
    yield "growth exponent of planning, 650 to 10,000 sweeps", _exponents(plan, small, large)
    few, many = study_of(FEW), study_of(MANY)
    expanded = [_seconds(lambda s=s: codings(s)) for s in (few, many)]
    yield "growth exponent of expanding codings, 160 to 640", _exponents(expanded, few, many)
    audits = [_audit(each) for each in (small, large)]
    yield "growth exponent of the audit, 650 to 10,000 sweeps", _exponents(audits, small, large)
    part = _seconds(lambda: of_config(large.config, large.path, Part(TASK, large.sweeps[0].seed)))
    shares = [one / all_of_them for one, all_of_them in zip(part, plan[1], strict=True)]
    yield "start of a sweep over planning all, 10,000 sweeps", shares


def _command(*command: str) -> list[float]:
    """Processor seconds of a command and its children, by repetition; findings are no failure."""
    spent = []
    for _ in range(REPETITIONS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return spent


def _seconds(work: Callable[[], object]) -> list[float]:
    return processor_seconds(work, repetitions=REPETITIONS)


def _audit(study: Study) -> list[float]:
    """Processor seconds of the audit of a synthetic archive, each record read anew."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("config", "workflow"):
            (Path(folder) / name).symlink_to(here / name)
        os.chdir(folder)
        try:
            write_archive(study)
            return _seconds(lambda: _read_anew(study))
        finally:
            os.chdir(here)


def _read_anew(study: Study) -> None:
    for sweep in study.sweeps:
        sweep.path.touch()
    list(consistency.audit(study, archived=True))


def _exponents(seconds: list[list[float]], small: Study, large: Study) -> list[float]:
    """The power of the number of sweeps that the seconds grow with, by repetition."""
    growth = math.log(len(large.sweeps) / len(small.sweeps))
    return [math.log(late / early) / growth for early, late in zip(*seconds, strict=True)]
