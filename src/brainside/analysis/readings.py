"""What a figure is drawn from: a study's tables, and the titles of its methods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.coding_tables import MEASURES, SETTING
from brainside.archive.digests import made_of
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study.plotdata import PlotData, plotdata
from brainside.study.study import Study


@dataclass(frozen=True)
class Tables:
    """`rows` has a row a seed, `summary` a row a cell, `titles` the methods of each task.

    `places` has the colour and mark (see `style.looks`) that methods want in every figure.
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
    places: dict[str, int]
    plotdata: pd.DataFrame
    made_of: str

    def drawn(self, task: str, method: str) -> pd.DataFrame:
        """The plot data of a method on a task, of the first seed that has any."""
        rows = self.plotdata
        rows = rows[(rows["task"] == task) & (rows["method"] == method)]
        return rows[rows["seed"] == rows["seed"].min()]


def read(study: Study) -> Tables:
    """Read a study's tables from results/tables/<study>/."""
    frames = [
        pd.read_csv(paths.filled(paths.TABLE, study=study.name, table=name))
        for name in ("rows", "summary", "comparisons")
    ]
    frames.append(coded(study))
    titles: dict[str, dict[str, str]] = {}
    for sweep in study.sweeps:
        named = study.config["methods"][sweep.method]["title"]
        titles.setdefault(sweep.task, {})[sweep.method] = named
    jobs = plotdata(study)
    files = [*(sweep.path for sweep in study.sweeps), *(job.path for job in jobs)]
    return Tables(
        study.name,
        *frames,
        titles,
        list(study.config["methods"]),
        {name: entry["look"] for name, entry in study.config["methods"].items() if "look" in entry},
        read_plotdata(jobs),
        made_of(files),
    )


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
    path = paths.filled(paths.TABLE, study=study.name, table=name)
    if not path.exists():
        return pd.DataFrame(columns=[*SETTING, "n", *MEASURES])
    return pd.read_csv(path).fillna({"setting": ""})
