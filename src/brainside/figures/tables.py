"""What a figure is drawn from: a study's tables, and the titles of its methods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from brainside.coding_tables import MEASURES, SETTING
from brainside.errors import Refused
from brainside.expansion import parse_budget
from brainside.figures import style
from brainside.plotdata import PlotData, plotdata
from brainside.study import Study
from brainside.sweep import Sweep
from brainside.tables import folder, made_of


@dataclass(frozen=True)
class Tables:
    """`rows` has a row a seed, `summary` a row a cell, `titles` the methods of each task.

    `looks` has the colour and mark of each method.
    `codings` has a row a cell, codec and setting; it is empty where the study has no such table.
    `plotdata` is what was kept of weights for them, `made_of` says in small print which
    records these are.
    """

    study: str
    rows: pd.DataFrame
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    codings: pd.DataFrame
    titles: dict[str, dict[str, str]]
    methods: list[str]
    looks: dict[str, dict]
    plotdata: pd.DataFrame
    made_of: str

    def drawn(self, task: str, method: str) -> pd.DataFrame:
        """The plot data of a method on a task, of the first seed that has any."""
        rows = self.plotdata
        rows = rows[(rows["task"] == task) & (rows["method"] == method)]
        return rows[rows["seed"] == rows["seed"].min()]


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
    said = made_of([*(sweep.record for sweep in sweeps), *(job.path for job in jobs)])
    methods = [m for m in methods if m != "reference"]
    looks = _looks(study, methods)
    return Tables(study.name, *frames, titles, methods, looks, read_plotdata(jobs), said)


def _check_budgets(study: Study, name: str, sweeps: list[Sweep]) -> None:
    where = f"{study.path}: figures.{name}"
    for budget in study.config["figures"][name].get("plotdata", {}).get("budgets", []):
        if not any(parse_budget(budget, where) in sweep.budgets for sweep in sweeps):
            raise Refused(f"{where}: none of its sweeps has budget {budget}")


def read(study: Study) -> Tables:
    """Read a study's tables from results/tables/<study>/."""
    frames = [
        pd.read_csv(folder(study.name) / f"{name}.csv")
        for name in ("rows", "summary", "comparisons")
    ]
    frames.append(coded(study))
    titles: dict[str, dict[str, str]] = {}
    for sweep in study.sweeps:
        named = study.config["methods"][sweep.method]["title"]
        titles.setdefault(sweep.task, {})[sweep.method] = named
    jobs = plotdata(study)
    paths = [*(sweep.record for sweep in study.sweeps), *(job.path for job in jobs)]
    return Tables(
        study.name,
        *frames,
        titles,
        list(study.config["methods"]),
        _looks(study, list(study.config["methods"])),
        read_plotdata(jobs),
        made_of(paths),
    )


def _looks(study: Study, methods: list[str]) -> dict[str, dict]:
    entries = study.config["methods"].items()
    return style.looks(methods, {name: m["look"] for name, m in entries if "look" in m})


def read_plotdata(jobs: list[PlotData]) -> pd.DataFrame:
    """The rows of the files that exist, with the kind, task, method and seed of each.

    Raises Refused for a file that is no CSV with budgets.
    """
    frames = [_plotdata(job) for job in jobs if job.path.exists()]
    empty = pd.DataFrame(columns=["kind", "task", "method", "seed", "budget"])
    return pd.concat(frames, ignore_index=True) if frames else empty


def whole_numbers(values: str) -> np.ndarray:
    """The numbers of one row of plot data, flat."""
    return np.array(values.split(), dtype=int)


def picture(row: Mapping[str, Any]) -> np.ndarray:
    """The picture (H, W) of one row of plot data."""
    flat = whole_numbers(row["values"])
    return row["unit"] * flat.reshape(int(row["height"]), int(row["width"]))


def _plotdata(job: PlotData) -> pd.DataFrame:
    try:
        rows = pd.read_csv(job.path, dtype={"values": str}).astype({"budget": float})
    except (ValueError, KeyError) as error:
        raise Refused(f"{job.path}: unreadable ({error}); delete it and run again") from None
    sweep = job.sweep
    return rows.assign(kind=job.kind, task=sweep.task, method=sweep.method, seed=sweep.seed)


def coded(study: Study, name: str = "codings") -> pd.DataFrame:
    """A table of the study's codings; without rows where there is none."""
    path = folder(study.name) / f"{name}.csv"
    if not path.exists():
        return pd.DataFrame(columns=[*SETTING, "n", *MEASURES])
    return pd.read_csv(path).fillna({"setting": ""})
