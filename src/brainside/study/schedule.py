"""The wall time of a study on several cores: its jobs in order, each after those that it reads."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from brainside.study.costs import seconds
from brainside.study.study import Study
from brainside.study.sweeps import Trained


@dataclass(frozen=True)
class Schedule:
    """Wall time in seconds, and the longest chain of jobs that wait for each other."""

    wall: float
    path: list[Trained]
    path_seconds: float


def schedule(jobs: Iterable[Trained], study: Study, cores: int) -> Schedule:
    """List scheduling: a free core takes the ready job with the longest chain of jobs behind it.

    A job is ready when its inputs are there. The schedule is never longer than twice the shortest
    (Graham 1969, "Bounds on multiprocessing timing anomalies").
    """
    todo = {job.path: job for job in jobs}
    spent = {path: seconds([job], study) for path, job in todo.items()}
    needs = {path: [n for n in _needs(job) if n in todo] for path, job in todo.items()}
    after: dict[Path, list[Path]] = {path: [] for path in todo}
    for path, needed in needs.items():
        for one in needed:
            after[one].append(path)
    rest = _remaining(after, spent)
    chain = _chain(after, rest)
    longest = rest[chain[0]] if chain else 0.0
    return Schedule(_wall(needs, after, spent, rest, cores), [todo[p] for p in chain], longest)


def _needs(job: Trained) -> list[Path]:
    """The records and searches that a job reads."""
    return [path for name, path in job.inputs().items() if name in ("reference", "tuned")]


def _remaining(after: Mapping[Path, list[Path]], spent: Mapping[Path, float]) -> dict[Path, float]:
    """Seconds from the start of each job to the end of the longest chain that begins with it."""
    rest: dict[Path, float] = {}

    def remaining(path: Path) -> float:
        """Seconds from the start of a job to the end of all that waits for it."""
        if path not in rest:
            rest[path] = spent[path] + max(map(remaining, after[path]), default=0.0)
        return rest[path]

    for path in after:
        remaining(path)
    return rest


def _chain(after: Mapping[Path, list[Path]], rest: Mapping[Path, float]) -> list[Path]:
    """The longest chain, in the order in which its jobs run."""
    chain: list[Path] = []
    following = list(after)
    while following:
        chain.append(max(following, key=rest.__getitem__))
        following = after[chain[-1]]
    return chain


def _wall(
    needs: Mapping[Path, list[Path]],
    after: Mapping[Path, list[Path]],
    spent: Mapping[Path, float],
    rest: Mapping[Path, float],
    cores: int,
) -> float:
    waiting = {path: len(needed) for path, needed in needs.items()}
    ready = [(-rest[path], path) for path, count in waiting.items() if not count]
    heapq.heapify(ready)
    running: list[tuple[float, Path]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < cores:
            path = heapq.heappop(ready)[1]
            heapq.heappush(running, (now + spent[path], path))
        now, done = heapq.heappop(running)
        for path in after[done]:
            waiting[path] -= 1
            if not waiting[path]:
                heapq.heappush(ready, (-rest[path], path))
    return now
