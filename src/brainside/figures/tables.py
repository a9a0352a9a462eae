"""What a figure is drawn from: a study's tables, and the titles of its methods."""

from dataclasses import dataclass

import pandas as pd

from brainside.coding_tables import MEASURES, SETTING
from brainside.errors import Refused
from brainside.study import Study
from brainside.tables import folder


@dataclass(frozen=True)
class Tables:
    """`rows` has a row a seed, `summary` a row a cell, `titles` the methods of each task.

    `codings` has a row a cell, codec and setting; it is empty where the study has no such table.
    """

    study: str
    rows: pd.DataFrame
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    codings: pd.DataFrame
    titles: dict[str, dict[str, str]]
    methods: list[str]


def of_figure(study: Study, name: str) -> Tables:
    """The tables of a figure of the study: of its tasks and methods, and the references.

    Raises Refused where it names a task or method that is not in the study.
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
    return Tables(study.name, *frames, titles, [m for m in methods if m != "reference"])


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
    return Tables(study.name, *frames, titles, list(study.config["methods"]))


def coded(study: Study, name: str = "codings") -> pd.DataFrame:
    """A table of the study's codings; without rows where there is none."""
    path = folder(study.name) / f"{name}.csv"
    if not path.exists():
        return pd.DataFrame(columns=[*SETTING, "n", *MEASURES])
    return pd.read_csv(path).fillna({"setting": ""})
