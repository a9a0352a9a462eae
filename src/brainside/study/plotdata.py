"""What figures draw of weights: small files made of checkpoints, so that a clone has them.

A study's `figures` say which ones there are. Nothing here imports torch: the workflow expands its
paths from this module at every start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from brainside.base import keys, paths
from brainside.base.budgets import parse_budget
from brainside.study.configs import Place
from brainside.study.job import OfSweep
from brainside.study.study import Study
from brainside.study.sweeps import Sweep
from brainside.study.versions import PLOTDATA, version_of


@dataclass(frozen=True)
class PlotData(OfSweep):
    """One sweep's checkpoints at some budgets, reduced in one way: a file.

    `kind` is a function of jobs/plotdata.py.
    """

    sweep: Sweep
    kind: str
    budgets: tuple[float, ...]

    @cached_property
    def spec(self) -> list[Any]:
        """The networks, what is made of them, and its version."""
        rows = [self.sweep.row_key(budget) for budget in self.budgets]
        return [rows, self.kind, version_of(PLOTDATA)]

    @cached_property
    def key(self) -> str:
        """Content key of the spec."""
        return keys.key(self.spec)

    @cached_property
    def path(self) -> Path:
        """The file: a CSV whose first column is the budget."""
        return paths.filled(
            paths.PLOTDATA, study=self.study, task=self.task, method=self.method,
            seed=self.sweep.seed, kind=self.kind, key=self.key,
        )  # fmt: skip

    @property
    def done(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def inputs(self) -> dict[str, Path]:
        """The record; its checkpoints come with it."""
        return {"record": self.sweep.path}

    @property
    def possible(self) -> bool:
        """Whether it can be made without training anything."""
        return self.sweep.done and self.sweep.checkpoints.exists()


def plotdata(study: Study, figure: str | None = None) -> list[PlotData]:
    """The files of one figure, or of all of a study's figures, in the order of the config.

    A reference has its one budget whatever is asked; other sweeps those that they have of them.
    """
    figures = study.config["figures"]
    jobs = [job for name in ([figure] if figure else figures) for job in _of(study, name)]
    return list({job.path: job for job in jobs}.values())


def _of(study: Study, figure: str) -> Iterator[PlotData]:
    entry = study.config["figures"][figure]
    if "plotdata" not in entry:
        return
    wanted = entry["plotdata"]
    place = Place(study.path, ("figures", figure, "plotdata", "budgets"))
    asked = [parse_budget(budget, place) for budget in wanted["budgets"]]
    for sweep in study.sweeps:
        named = sweep.task in entry["tasks"] and sweep.method in entry["methods"]
        if named and sweep.seed in wanted["seeds"]:
            budgets = tuple(b for b in sweep.budgets if b in asked or sweep.budgets == [1.0])
            if budgets:
                yield PlotData(sweep, wanted["kind"], budgets)
