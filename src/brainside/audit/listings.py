"""The files that some tasks and methods of a study have, in lines of text."""

from collections.abc import Collection, Iterator
from functools import lru_cache

from brainside.study.codings import Coding, codings
from brainside.study.plotdata import PlotData
from brainside.study.study import Study


def records(study: Study, tasks: Collection[str], methods: Collection[str]) -> Iterator[str]:
    """A line per record, below a line per task and method with how many records there are."""
    for task, method in dict.fromkeys((task, method) for task in tasks for method in methods):
        if sweeps := study.cells.get((task, method)):
            done = [sweep for sweep in sweeps if sweep.done]
            yield f"records of {method} on {task}: {len(done)} of {len(sweeps)}"
            yield from (f"  {sweep.path}" for sweep in done)


def coded(study: Study, tasks: Collection[str], methods: Collection[str]) -> Iterator[str]:
    """The files of codings, each with its command, below the command that tabulates them."""
    yield f"  make it     brainside tabulate_codings {study.path}"
    for job in _codings(study):
        if job.task in tasks and job.method in methods:
            yield f"  codings     {job.path}{_absent(job.done)}"
            yield (
                f"    make it   brainside coding {study.path} {job.task} {job.method} "
                f"--seed {job.sweep.seed} --key {job.key}"
            )


@lru_cache(maxsize=2)
def _codings(study: Study) -> list[Coding]:
    """The jobs of a study's codings, which many traces ask for; a list that nobody changes."""
    return codings(study)


def drawn(study: Study, jobs: Collection[PlotData]) -> Iterator[str]:
    """The files of plot data, each with its command."""
    for job in jobs:
        yield f"  plot data   {job.path}{_absent(job.done)}"
        yield (
            f"    make it   brainside plotdata {study.path} {job.task} {job.method} "
            f"--seed {job.sweep.seed} --key {job.key}"
        )


def _absent(done: bool) -> str:
    return "" if done else " (absent)"
