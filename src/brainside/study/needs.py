"""What a job needs of a machine: memory and time, from the committed costs of its like.

Costs are what Snakemake wrote beside the jobs that made the archive (results/costs): the largest
resident memory in MiB, the wall time in seconds.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study.costs import rows, seconds
from brainside.study.job import OfSweep
from brainside.study.study import Study
from brainside.study.sweeps import Search, Sweep, Trained
from brainside.study.versions import device_kind

MEMORY_MARGIN = 1.25
TIME_MARGIN = 2.0  # another processor may be half as fast
START = 120  # seconds for Snakemake and its environment to start on another machine
UNKNOWN = 2000.0  # MiB of a job unlike any that has a cost
SHORT = 60  # seconds: shorter jobs are submitted together
Kind = tuple[str, ...]  # what several jobs have in common


@dataclass(frozen=True)
class Cost:
    """Memory in MiB and wall time in seconds."""

    memory: float
    seconds: float


@dataclass(frozen=True)
class Costs:
    """Committed costs: of each job by its file, and the largest of its like, from near to far."""

    of_job: Mapping[Path, Cost]
    of_kind: Mapping[Kind, Cost]


def read_costs() -> Costs:
    """All committed costs, of any study; a file that is no cost is left out."""
    files = sorted((paths.RESULTS / "costs").glob("**/*.tsv"))
    return by_kind({path: cost for path in files for cost in _cost(path)})


def by_kind(of_job: Mapping[Path, Cost]) -> Costs:
    """Costs by job with the largest of each kind of job."""
    of_kind: dict[Kind, Cost] = {}
    for path, cost in of_job.items():
        _, dataset, architecture, method = _coordinates(path)
        for kind in _kinds(f"{dataset}/{architecture}", method, ".tune." in path.name):
            of_kind[kind] = _larger(cost, of_kind.get(kind, cost))
    return Costs(of_job, of_kind)


def _coordinates(path: Path) -> list[str]:
    """Study, data set, architecture and method of a file of results/costs.

    That of a sweep is in its method's folder, that of a search beside it: `han.tune.0123abcd.tsv`.
    """
    _, _, study, dataset, architecture, method, *_ = path.parts
    return [study, dataset, architecture, method.partition(".")[0]]


def _cost(path: Path) -> Iterator[Cost]:
    try:
        for row in rows(path):
            yield Cost(float(row["max_rss"]), float(row["s"]))
    except (Refused, KeyError, ValueError):  # also the dash of a job too short to be sampled
        return


def _kinds(task: str, method: str, search: bool) -> list[Kind]:
    """What a job has in common with others, from near to far."""
    dataset, _ = task.split("/")
    job = "search" if search else "sweep"
    return [(job, task, method), (job, task), (job, dataset)]


def _larger(one: Cost, other: Cost) -> Cost:
    return Cost(max(one.memory, other.memory), max(one.seconds, other.seconds))


def cost(job: Trained | OfSweep, study: Study, costs: Costs) -> Cost:
    """The committed cost of a job, or of the job most like it; no less time than is planned.

    The committed cost of a job that was resumed covers only its last part. A coding and plot data
    have the cost of the sweep whose networks they read and evaluate.
    """
    if isinstance(job, OfSweep):
        return cost(job.sweep, study, costs)
    planned = seconds([job], study)
    kinds = _kinds(job.task, job.method, isinstance(job, Search))
    known = [costs.of_kind[kind] for kind in kinds if kind in costs.of_kind]
    near = costs.of_job.get(job.cost, known[0] if known else None)
    return Cost(near.memory, max(near.seconds, planned)) if near else Cost(UNKNOWN, planned)


def of_audit(sweeps: int, cores: int, costs: Costs) -> Cost:
    """What it takes at most to train a number of sweeps again, `cores` at a time.

    Each is taken to be the largest of the archive, but all of them together take no longer than
    all jobs did. What the last one starts from is trained before it.
    """
    known = costs.of_job.values() or [Cost(UNKNOWN, 0)]
    longest, all_jobs = max(one.seconds for one in known), sum(one.seconds for one in known)
    wall = 2 * longest + min(sweeps * longest, all_jobs) / cores
    return Cost(min(sweeps, cores) * max(one.memory for one in known), wall)


def megabytes(cost: Cost, attempt: int = 1) -> int:
    """Memory to ask for, in MB; each further attempt asks for as much again."""
    return math.ceil(cost.memory * MEMORY_MARGIN * 1.048576) * attempt


def minutes(cost: Cost, attempt: int = 1) -> int:
    """Time to ask for, in minutes; each further attempt asks for as much again."""
    return math.ceil((cost.seconds * TIME_MARGIN + START) / 60) * attempt


def gpus(study: Study) -> int:
    """How many GPUs each job of a study needs, by the device that is part of its keys."""
    return int(device_kind(study.config["device"]) == "cuda")


def short(jobs: Iterable[Sweep], study: Study, costs: Costs) -> set[Path]:
    """Sweeps that are submitted together: those under a minute that no other job reads.

    A sweep that others read is not among them, as a group must not wait for a job that waits for
    the group.
    """
    jobs = list(jobs)
    waiting: list[Trained] = [*jobs, *study.searches]
    read = {job.parent.path for job in waiting if job.parent}
    return {
        job.path for job in jobs if job.path not in read and cost(job, study, costs).seconds < SHORT
    }
