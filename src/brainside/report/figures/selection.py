"""The part of a study's tables that one figure shows."""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from brainside.analysis.readings import Tables, read, read_plotdata
from brainside.archive import digests
from brainside.base.errors import Refused
from brainside.report.reads import TABLES, reads
from brainside.study.plotdata import plotdata
from brainside.study.study import Study
from brainside.study.sweeps import Sweep


def of_figure(study: Study, name: str) -> Tables:
    """What the figure's module reads of the study, for its tasks and methods and the references.

    Raises Refused if the figure names a task or method that is not in the study.
    """
    entry = study.config["figures"][name]
    sources = reads(entry["draw"])
    tables = read(study, [source for source in sources if source in TABLES])
    tasks, methods = _named(study, name, tables)
    titles = {
        task: {m: title for m, title in tables.titles[task].items() if m in methods}
        for task in tasks
    }
    frames = {label: _part(frame, tasks, methods) for label, frame in tables.frames.items()}
    if "plotdata" in sources:
        frames["plotdata"] = read_plotdata(plotdata(study, name))
    shown = [method for method in methods if method != "reference"]
    return replace(tables, titles=titles, methods=shown, frames=frames)


def made_of(study: Study, name: str) -> str:
    """The small print of a figure: which records and plot data it is drawn from."""
    jobs = plotdata(study, name)
    if "plotdata" in study.config["figures"][name]:
        sweeps = [job.sweep for job in jobs if job.done]
    else:
        sweeps = _sweeps(study, *_named(study, name, read(study, ())))
    return digests.made_of([*(sweep.path for sweep in sweeps), *(job.path for job in jobs)])


def _named(study: Study, name: str, tables: Tables) -> tuple[list[str], list[str]]:
    """The tasks and methods of a figure, the references among them."""
    entry = study.config["figures"][name]
    tasks = entry.get("tasks", list(tables.titles))
    of_tasks = {method for task in tasks for method in tables.titles.get(task, {})}
    methods = entry.get("methods", [m for m in tables.methods if m in of_tasks])
    unknown = [t for t in tasks if t not in tables.titles]
    unknown += [m for m in methods if m not in of_tasks]
    if unknown:
        raise Refused(f"{study.path}: figures.{name}: {unknown[0]} is in none of its experiments")
    return tasks, list(dict.fromkeys([*methods, "reference"]))


def _part(frame: pd.DataFrame, tasks: Iterable[str], methods: Iterable[str]) -> pd.DataFrame:
    return frame[frame["task"].isin(tasks) & frame["method"].isin(methods)]


def _sweeps(study: Study, tasks: Iterable[str], methods: Iterable[str]) -> list[Sweep]:
    return [s for s in study.sweeps if s.task in tasks and s.method in methods]
