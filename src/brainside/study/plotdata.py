"""What figures draw of weights: small files made of checkpoints, so that a clone has them.

A study's `figures` say which ones there are. Nothing here imports torch: the workflow expands its
paths from this module at every start.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from brainside.base import keys, paths
from brainside.base.budgets import share
from brainside.base.errors import Refused
from brainside.study.configs import Place
from brainside.study.job import OfSweep
from brainside.study.reported import parsed
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
            paths.PLOTDATA, self.sweep.root, study=self.study, task=self.task,
            method=self.method, seed=self.sweep.seed, kind=self.kind, key=self.key,
        )  # fmt: skip

    @property
    def done(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def inputs(self) -> dict[str, Path]:
        """The record; its checkpoints come with it, or the gallery has copies of them."""
        return {"record": self.sweep.path}

    def under(self, root: Path) -> "PlotData":
        """The same plot data with its file, and those that it reads, in another folder."""
        return replace(self, sweep=self.sweep.under(root))

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


def check(study: Study, figure: str) -> None:
    """Refuse plot data of a seed that no sweep of the figure has, or a budget that none of these.

    They would be missing without a word. A figure whose methods nothing trains says so itself.
    """
    if "plotdata" not in study.config["figures"][figure]:
        return
    seeds = study.config["figures"][figure]["plotdata"]["seeds"]
    if not (shown := list(_sweeps(study, figure))):
        return
    sweeps = [sweep for sweep in shown if sweep.seed in seeds]
    if missing := [seed for seed in seeds if seed not in {sweep.seed for sweep in sweeps}]:
        place = _place(study, figure, "seeds")
        raise Refused(f"{place}: no sweep of the figure has seed {missing[0]}; take it out")
    budgets = {budget for sweep in sweeps for budget in sweep.budgets}
    if absent := [budget for budget in _asked(study, figure) if budget not in budgets]:
        place = _place(study, figure, "budgets")
        raise Refused(f"{place}: no sweep of the figure has budget {share(absent[0])}; take it out")


def _of(study: Study, figure: str) -> Iterator[PlotData]:
    entry = study.config["figures"][figure]
    if "plotdata" not in entry:
        return
    wanted, asked = entry["plotdata"], _asked(study, figure)
    for sweep in _sweeps(study, figure):
        if sweep.seed in wanted["seeds"]:
            budgets = tuple(b for b in sweep.budgets if b in asked or sweep.budgets == [1.0])
            if budgets:
                yield PlotData(sweep, wanted["kind"], budgets)


def _sweeps(study: Study, figure: str) -> Iterator[Sweep]:
    """The sweeps of a figure's tasks and methods."""
    entry = study.config["figures"][figure]
    for sweep in study.sweeps:
        if sweep.task in entry["tasks"] and sweep.method in entry["methods"]:
            yield sweep


def _asked(study: Study, figure: str) -> list[float]:
    """The budgets of a figure's plot data; Refused for what is none."""
    place = _place(study, figure, "budgets")
    return parsed(study.config["figures"][figure]["plotdata"]["budgets"], place)


def _place(study: Study, figure: str, field: str) -> Place:
    return Place(study.path, ("figures", figure, "plotdata", field))
