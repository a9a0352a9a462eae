"""The cost of a study from its config: epochs trained, and seconds an epoch of each task."""

from collections.abc import Iterable
from typing import Any

from brainside.study import Study
from brainside.sweep import Sweep, Tuning

OVERHEAD = 4.0  # seconds a job for importing, loading, evaluating and writing


def epochs(spec: dict[str, Any]) -> float:
    """Epochs that a sweep's or a search's spec trains."""
    method = spec["method"]
    recipe = {**spec["task"]["recipe"], **method.get("recipe", {})}
    if "search" not in spec:
        return recipe["epochs"] * len(method.get("schedule", spec["budgets"]))
    least = min(spec["budgets"])
    points = [p for p in method.get("schedule", spec["budgets"]) if p >= least]
    shortened = max(1, round(recipe["epochs"] * spec["epochs_factor"]))
    return shortened * spec["trials"] * len(points)


def seconds(jobs: Iterable[Sweep | Tuning], study: Study) -> float:
    """Core-seconds of jobs."""
    tasks = study.config["tasks"]
    return sum(epochs(j.spec) * tasks[j.task]["epoch_seconds"] + OVERHEAD for j in jobs)


def left(study: Study) -> str:
    """How many sweeps have no record yet, and the core time that they will take."""
    sweeps = [s for s in study.sweeps if not s.record.exists()]
    searches = [t for t in study.tunings() if not t.path.exists()]
    if not sweeps:
        return "no sweep left"
    return (
        f"{len(sweeps)} sweeps left, about {_time(seconds([*sweeps, *searches], study))} of a core"
    )


def table(study: Study, cores: int) -> str:
    """The plan as text: a line a task and method, then totals."""
    lines = [f"{'task':<22}{'method':<22}{'seeds':>6}{'epochs':>9}{'core time':>12}{'done':>9}"]
    groups: dict[tuple[str, str], list[Sweep | Tuning]] = {}
    for job in [*study.sweeps, *study.tunings()]:
        kind = job.method if isinstance(job, Sweep) else f"{job.method} (tuning)"
        groups.setdefault((job.task, kind), []).append(job)
    for (task, kind), jobs in groups.items():
        done = sum(_exists(job) for job in jobs)
        total = sum(epochs(job.spec) for job in jobs)
        time = _time(seconds(jobs, study))
        counts = f"{len(jobs):>6}{total:>9.0f}{time:>12}{done:>5}/{len(jobs)}"
        lines.append(f"{task:<22}{kind:<22}{counts}")
    everything = [*study.everything(), *study.tunings()]
    total = seconds(everything, study)
    lines.append(f"total {_time(total)} of a core, {_time(total / cores)} with {cores} cores")
    return "\n".join([*lines, left(study)])


def _exists(job: Sweep | Tuning) -> bool:
    return (job.record if isinstance(job, Sweep) else job.path).exists()


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
