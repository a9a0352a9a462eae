"""The cost of a study from its config: epochs trained, and seconds per epoch of each task."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused
from brainside.base.files import read_whole, restore
from brainside.base.paths import RESULTS
from brainside.study.study import Study
from brainside.study.sweeps import Sweep, Trained

REMEDY = restore(RESULTS)
JOB = 4.0  # seconds for importing, loading and writing
POINT = 2.5  # seconds for pruning, storing, decoding and evaluating one network


def points(spec: dict[str, Any]) -> int:
    """Networks that a sweep or one trial of a search trains, down to its smallest budget."""
    budgets = spec["budgets"]
    return sum(point >= min(budgets) for point in spec["method"].get("schedule", budgets))


def epochs(spec: dict[str, Any]) -> float:
    """Epochs that a sweep's or a search's spec trains."""
    recipe = {**spec["task"]["recipe"], **spec["method"].get("recipe", {})}
    if "search" not in spec:
        return recipe["epochs"] * points(spec)
    shortened = max(1, round(recipe["epochs"] * spec["epochs_factor"]))
    return shortened * spec["trials"] * points(spec)


def seconds(jobs: Iterable[Trained], study: Study) -> float:
    """Core-seconds of jobs."""
    tasks, methods = study.config["tasks"], study.config["methods"]
    return sum(
        epochs(job.spec)
        * tasks[job.task]["epoch_seconds"]
        * methods[job.method].get("epoch_cost", 1)
        + (0 if "trials" in job.spec else POINT * points(job.spec))  # trials are only validated
        + JOB
        for job in jobs
    )


def left(study: Study) -> str:
    """How many sweeps have no record yet, and the core time that they will take."""
    sweeps = [s for s in study.sweeps if not s.done]
    searches = [t for t in study.searches if not t.done]
    if not sweeps:
        return "no sweep left"
    return (
        f"{len(sweeps)} sweeps left, about {clock(seconds([*sweeps, *searches], study))} of a core"
    )


def table(study: Study) -> str:
    """The plan as text: experiments with their tasks and methods, then the total of processor time.

    `took` is the processor time of the jobs with a committed cost, whatever ran beside them.
    """
    lines = [_line("experiment, task", "method", "jobs", "epochs", "plan", "took", "done")]
    for experiment, groups in by_experiment(study).items():
        jobs = [job for group in groups.values() for job in group]
        lines.append(_costs(experiment, "", jobs, study))
        lines += [_costs(f"  {task}", kind, g, study) for (task, kind), g in groups.items()]
    total = seconds([*study.everything, *study.searches], study)
    return "\n".join([*lines, f"total {clock(total)} of a core", left(study)])


Groups = dict[tuple[str, str], list[Trained]]


def by_experiment(study: Study) -> dict[str, Groups]:
    """Jobs by experiment, task and method; a job that several need is counted for the first."""
    experiments: dict[str, Groups] = {}
    counted = set()
    plan = study.config["experiments"]
    named = {(t, m) for entry in plan for t in entry["tasks"] for m in entry["methods"]}
    starts_last = sorted(study.sweeps, key=lambda s: (s.task, s.method) not in named)
    for sweep in starts_last:
        for job, kind in _needs(sweep):
            if job.cost not in counted:
                counted.add(job.cost)
                groups = experiments.setdefault(_experiment(study, sweep), {})
                groups.setdefault((job.task, kind), []).append(job)
    return experiments


def _needs(sweep: Sweep) -> Iterator[tuple[Trained, str]]:
    """A sweep after the jobs that it reads."""
    if sweep.search:
        if sweep.search.parent:
            yield from _needs(sweep.search.parent)
        yield sweep.search, f"{sweep.search.method} (search)"
    if sweep.parent:
        yield from _needs(sweep.parent)
    yield sweep, sweep.method


def _experiment(study: Study, sweep: Sweep) -> str:
    found = "all"
    for experiment in study.config["experiments"]:
        if sweep.task in experiment["tasks"] and sweep.method in experiment["methods"]:
            found = experiment.get("name", "all")
            if sweep.seed in experiment["seeds"]:
                return found
    return found


def _costs(name: str, kind: str, jobs: list[Trained], study: Study) -> str:
    done, total = sum(job.done for job in jobs), sum(epochs(job.spec) for job in jobs)
    times = clock(seconds(jobs, study)), _took(jobs)
    return _line(name, kind, str(len(jobs)), f"{total:.0f}", *times, f"{done}/{len(jobs)}")


def _line(*cells: str) -> str:
    name, kind, *counts = cells
    return f"{name:<26}{kind:<30}" + "".join(f"{count:>9}" for count in counts)


def _took(jobs: list[Trained]) -> str:
    return clock(taken(jobs)) if any(job.cost.exists() for job in jobs) else "-"


def taken(jobs: Iterable[Trained]) -> float:
    """Seconds of processor time that the jobs with a committed cost have taken.

    Raises Refused where such a file is damaged.
    """
    return sum(_taken(job.cost) for job in jobs if job.cost.exists())


def _taken(path: Path) -> float:
    try:
        return float(rows(path)[0]["cpu_time"])
    except (ValueError, LookupError):
        raise Refused(f"{path}: no cpu_time in it; {REMEDY}") from None


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a committed cost; Refused where it is damaged."""
    try:
        names, *lines = csv.reader(read_whole(path, REMEDY).decode().splitlines(), delimiter="\t")
        return [dict(zip(names, line, strict=True)) for line in lines]
    except (ValueError, csv.Error):
        raise Refused(f"{path}: unreadable; {REMEDY}") from None


def clock(seconds: float) -> str:
    """A duration as it is read: seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
