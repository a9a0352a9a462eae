"""What figures and numbers are made of: a study's tables, and the titles of its methods."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from brainside.analysis.coding_tables import MATCHED, MEASURES, SETTING, SUMMARY
from brainside.analysis.long_tables import OF_LAYERS
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.tables import read_csv, source
from brainside.study.plotdata import PlotData, plotdata
from brainside.study.study import Study

EMPTY = {
    "codings": [*SUMMARY, *MEASURES],
    "layers": [*SETTING, "layer", *OF_LAYERS],
    "matched": MATCHED,
    "plotdata": ["kind", "task", "method", "seed", "budget"],
}  # the columns of tables that a study may do without
EVERYTHING = ("rows", "summary", "comparisons", "codings", "plotdata")


@dataclass(frozen=True)
class Tables:
    """Tables of a study by name, and the titles of the methods of each task.

    `methods` are in the order of the config, without the reference where a figure shows them;
    `whole` are all methods of the study, whatever a figure shows.
    """

    study: str
    titles: Mapping[str, Mapping[str, str]]
    methods: list[str]
    whole: list[str]
    frames: Mapping[str, pd.DataFrame]

    @property
    def rows(self) -> pd.DataFrame:
        """One row per network."""
        return self.frames["rows"]

    @property
    def summary(self) -> pd.DataFrame:
        """One row per task, method and budget."""
        return self.frames["summary"]

    @property
    def comparisons(self) -> pd.DataFrame:
        """One row per cell that is compared with the reference."""
        return self.frames["comparisons"]

    @property
    def codings(self) -> pd.DataFrame:
        """One row per cell, codec and setting."""
        return self.frames["codings"]

    @property
    def plotdata(self) -> pd.DataFrame:
        """What was kept of weights for figures, of every kind."""
        return self.frames["plotdata"]

    def drawn(self, task: str, method: str) -> pd.DataFrame:
        """The plot data of a method on a task, of the first seed that has any."""
        rows = self.plotdata
        rows = rows[(rows["task"] == task) & (rows["method"] == method)]
        return rows[rows["seed"] == rows["seed"].min()]


def read(
    study: Study, names: Collection[str] = EVERYTHING, texts: Mapping[Path, str] = {}
) -> Tables:
    """Some of a study's tables by name, from results/tables/<study>/, and its plot data.

    Tables that are among `texts`, by path, are not read from their files.
    """
    titles: dict[str, dict[str, str]] = {}
    title_of = study.titles
    for sweep in study.sweeps:
        titles.setdefault(sweep.task, {})[sweep.method] = title_of[sweep.method]
    frames = {
        name: read_plotdata(plotdata(study))
        if name == "plotdata"
        else read_table(study, name, texts)
        for name in names
    }
    return Tables(study.name, titles, list(title_of), list(title_of), frames)


def read_table(study: Study, name: str, texts: Mapping[Path, str] = {}) -> pd.DataFrame:
    """A table of the study; of one that it may do without, no rows if there is no such file."""
    path = paths.filled(paths.TABLE, study=study.name, table=name)
    if path not in texts and not path.exists():
        if name not in EMPTY:
            raise Refused(f"{path} is missing; `brainside tabulate {study.path}` makes it")
        return pd.DataFrame(columns=EMPTY[name])
    try:
        frame = read_csv(source(path, texts), dtype={"setting": str})
    except (IsADirectoryError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise Refused(f"{path}: unreadable ({reason}); delete it, it is made again") from None
    return frame.fillna({"setting": ""}) if "setting" in frame else frame


def read_plotdata(jobs: Iterable[PlotData]) -> pd.DataFrame:
    """The rows of the files that exist, with the kind, task, method and seed of each.

    Raises Refused for a file that is not a CSV with budgets.
    """
    frames = [_plotdata(job) for job in jobs if job.done]
    empty = pd.DataFrame(columns=EMPTY["plotdata"])
    return pd.concat(frames, ignore_index=True) if frames else empty


def _plotdata(job: PlotData) -> pd.DataFrame:
    try:
        rows = read_csv(job.path, dtype={"values": str}).astype({"budget": float})
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        remedy = "`git restore results` brings an archived one back"
        raise Refused(f"{job.path}: unreadable ({reason}); {remedy}") from None
    return rows.assign(kind=job.kind, task=job.task, method=job.method, seed=job.sweep.seed)
