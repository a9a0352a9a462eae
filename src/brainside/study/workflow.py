"""The jobs of the workflow, and which of them are to be run."""

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from brainside.base import numerics, paths
from brainside.study import beside, claims, demands, entries, products, strays
from brainside.study import figures as drawn
from brainside.study.codings import Coding, codings
from brainside.study.costs import JOB, left, seconds
from brainside.study.job import Job
from brainside.study.plotdata import PlotData, plotdata
from brainside.study.study import Study
from brainside.study.sweeps import Trained
from brainside.study.unfinished import unfinished

OPTIONS = ("sample", "fraction", "seed", "only")  # of the audit, from the command line
SAMPLE = 5  # sweeps that it retrains where nothing says how many
PLANNED = {"search": paths.SEARCH, "sweep": paths.RECORD}  # rules whose time a plan knows


def all_jobs(studies: Iterable[Study]) -> dict[str, Job]:
    """Every sweep, search, coding and plot data of the studies by its path.

    Raises Refused where a config's codings or plot data do not fit its sweeps.
    """
    jobs: list[Job] = []
    for study in studies:
        jobs += [*study.everything, *study.searches, *codings(study), *plotdata(study)]
    return {str(job.path): job for job in jobs}


def checked_jobs(studies: Iterable[Study]) -> dict[str, Job]:
    """All jobs, after everything that the studies' configs name has been found.

    Raises Refused for a wrong name or range (`entries`), for what a function needs and does not
    have (`demands`), for a figure that nothing draws, for a task or method that only a claim
    names, for what is wrong in the configs beside the studies, for files that nothing reads, and
    as `all_jobs` does.
    """
    numerics.portable()  # which every job would ask for, and refuse a wrong value of
    studies = list(studies)
    for study in studies:
        entries.check(study)
        demands.check(study)
        drawn.check(study)
        claims.check(study)
    beside.check(studies)
    strays.check(studies)
    return all_jobs(studies)


def to_make(studies: Iterable[Study], asked: Iterable[str] = ()) -> set[Path]:
    """The paths of all jobs that are still to be run; `asked` are the user's targets.

    Of an archived study there are none unless one of its jobs is asked for, or the rule of them
    all: what is missing needs checkpoints of records that are there, which would be trained again.
    """
    asked = set(asked)
    trained: list[Trained] = []
    coded: list[Coding] = []
    made: list[Coding | PlotData] = []
    for study in studies:
        if not study.live and not _asked_for(study, asked):
            continue
        trained += [*study.everything, *study.searches]
        coded += codings(study)
        made += [*codings(study), *plotdata(study)]
    return unfinished(trained, coded, asked) | {job.path for job in made if not job.done}


def _asked_for(study: Study, asked: set[str]) -> bool:
    """Whether targets are jobs of a study, checkpoints of one, or the rule of all of a kind."""
    if any(target.startswith(f"{study.name}_") for target in asked):
        return True
    jobs = {str(sweep.checkpoints) for sweep in study.everything} | all_jobs([study]).keys()
    return not asked.isdisjoint(jobs)


def inputs(job: Job, unfinished: bool, stored: bool = False) -> dict[str, str]:
    """What a job takes from others; of a finished one those files that are there.

    The key stands for their content, so that a finished job does not need them (see `unfinished`).
    Files `stored` in a bucket do not come with the record; and there is no gallery there, which
    plot data otherwise take what is missing from.
    """
    files = {name: str(path) for name, path in job.inputs().items()}
    if stored and isinstance(job, PlotData):
        _, mistakes, _ = job.sweep.files
        files |= {"mistakes": str(mistakes), "weights": str(job.sweep.checkpoints)}
    return {name: path for name, path in files.items() if unfinished or Path(path).exists()}


def planned_seconds(
    rule: str, wildcards: Mapping[str, str], jobs: Mapping[str, Job], studies: Mapping[str, Study]
) -> float:
    """How long a job takes by the plan; one of another rule as long as it takes to start."""
    job = jobs.get(PLANNED[rule].format(**wildcards)) if rule in PLANNED else None
    return seconds([job], studies[job.study]) if isinstance(job, Trained) else JOB


def audit_options(config: Mapping[str, object]) -> str:
    """What `snakemake --config` says of the audit's sample: `fraction=1`, `seed=7`, …"""
    return " ".join(f"--{name} {config[name]}" for name in OPTIONS if name in config)


def audited(config: Mapping[str, Any], there: int) -> int:
    """How many sweeps of those that are there the audit retrains, by the same words."""
    if "only" in config:
        return 1
    return math.ceil(config.get("fraction", 0) * there) or config.get("sample", SAMPLE)


def hints(study: Study) -> Iterator[str]:
    """What is left of an archived study, and the commands that make it."""
    yield f"{study.name} study: {left(study)}"
    if not all(sweep.done for sweep in study.sweeps):
        yield "Missing records are computed by: snakemake --cores 8 paper_study"
    if not all(Path(path).exists() for path in products.possible_codings(study)):
        yield "Missing codings are made by: snakemake --cores 8 paper_codings"
