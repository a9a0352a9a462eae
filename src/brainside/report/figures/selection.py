"""The part of a study's tables that one figure shows."""

from brainside.analysis.readings import Tables, read, read_plotdata
from brainside.archive.digests import made_of
from brainside.base.budgets import parse_budget
from brainside.base.errors import Refused
from brainside.study.plotdata import plotdata
from brainside.study.study import Study
from brainside.study.sweeps import Sweep


def of_figure(study: Study, name: str) -> Tables:
    """The tables of a figure of the study: of its tasks and methods, and the references.

    Raises Refused where it names a task, method or budget that is not in the study.
    """
    whole, entry = read(study), study.config["figures"][name]
    tasks = entry.get("tasks", list(whole.titles))
    there = {m for task in tasks for m in whole.titles.get(task, {})}
    methods = entry.get("methods", [m for m in whole.methods if m in there])
    strange = [t for t in tasks if t not in whole.titles] + [m for m in methods if m not in there]
    if strange:
        raise Refused(f"{study.path}: figures.{name}: {strange[0]} is in none of its experiments")
    kept = [*methods, "reference"]
    titles = {
        task: {m: title for m, title in whole.titles[task].items() if m in kept} for task in tasks
    }
    frames = [
        frame[frame["task"].isin(tasks) & frame["method"].isin(kept)]
        for frame in (whole.rows, whole.summary, whole.comparisons, whole.codings)
    ]
    chosen = [s for s in study.sweeps if s.task in tasks and s.method in kept]
    _check_budgets(study, name, chosen)
    jobs = [job for job in plotdata(study, name) if job.path.exists()]
    sweeps = [job.sweep for job in jobs] if "plotdata" in entry else chosen
    said = made_of([*(sweep.path for sweep in sweeps), *(job.path for job in jobs)])
    methods = [m for m in methods if m != "reference"]
    return Tables(study.name, *frames, titles, methods, whole.places, read_plotdata(jobs), said)


def _check_budgets(study: Study, name: str, sweeps: list[Sweep]) -> None:
    where = f"{study.path}: figures.{name}"
    for budget in study.config["figures"][name].get("plotdata", {}).get("budgets", []):
        if not any(parse_budget(budget, where) in sweep.budgets for sweep in sweeps):
            raise Refused(f"{where}: none of its sweeps has budget {budget}")
