"""A study's records by cell, as the claims' checks read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis import coding_tables, statistics, tables
from brainside.analysis.missing import Missing
from brainside.analysis.readings import read_plotdata
from brainside.analysis.statistics import Interval
from brainside.analysis.tables import Cell, Network
from brainside.archive.frames import read_all
from brainside.base.budgets import share
from brainside.base.errors import Refused
from brainside.study.plotdata import plotdata
from brainside.study.study import Study


@dataclass
class Evidence:
    """The records of a study, by cell; each attribute is read when it is first asked for."""

    study: Study

    @cached_property
    def wanted(self) -> dict[tuple[str, str], dict[float, list[int]]]:
        """The seeds that the config wants, by (task, method) and budget."""
        cells: dict[tuple[str, str], dict[float, list[int]]] = {}
        for (task, method, budget), seeds in tables.expected(self.study).items():
            cells.setdefault((task, method), {})[budget] = seeds
        return cells

    @cached_property
    def mistakes(self) -> dict[Network, np.ndarray]:
        """Test mistakes (N,) by (task, method, seed, budget)."""
        return tables.mistakes_by_network(self.study)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every row of every record."""
        return read_all(s.path for s in self.study.recorded())

    @cached_property
    def codings(self) -> pd.DataFrame:
        """Every row of every coding."""
        return coding_tables.rows(self.study)

    @cached_property
    def _rows_of(self) -> dict[Cell, pd.DataFrame]:
        return _by_cell(self.rows)

    @cached_property
    def _codings_of(self) -> dict[Cell, pd.DataFrame]:
        return _by_cell(self.codings)

    @cached_property
    def _coded_seeds(self) -> pd.Series:
        """How many seeds the setting of each row of `codings` has."""
        return self.codings.groupby(coding_tables.SETTING)["seed"].transform("nunique")

    @cached_property
    def plotdata(self) -> pd.DataFrame:
        """Every row of every file of plot data."""
        return read_plotdata(plotdata(self.study))

    @cached_property
    def to_plot(self) -> dict[tuple[str, str, str, float], list[int]]:
        """The seeds that the config wants of plot data, by (kind, task, method, budget)."""
        seeds: dict[tuple[str, str, str, float], list[int]] = {}
        for job in plotdata(self.study):
            for budget in job.budgets:
                cell = job.kind, job.task, job.method, budget
                seeds.setdefault(cell, []).append(job.sweep.seed)
        return seeds

    def budget_of(self, task: str, method: str, budget: float) -> float:
        """The budget of a method's networks in a comparison at `budget`: 1 for a whole network.

        Missing where the config does not have the method on the task.
        """
        if (task, method) not in self.wanted:
            raise Missing(f"{method} on {task} is not in the study")
        return 1.0 if list(self.wanted[task, method]) == [1.0] else budget

    def seeds(self, task: str, method: str, budgets: Sequence[float]) -> list[int]:
        """The seeds that the config wants of a method on a task at all budgets; or Missing."""
        at = [self.budget_of(task, method, budget) for budget in budgets]
        of_each = [self.wanted[task, method].get(budget, []) for budget in at]
        seeds = [seed for seed in of_each[0] if all(seed in others for others in of_each)]
        if not seeds:
            raise Missing(f"{method} on {task} is not in the study at all these budgets")
        return seeds

    def common_seeds(
        self, task: str, methods: Sequence[str], budgets: Sequence[float]
    ) -> list[int]:
        """The seeds that the config wants of all methods at all budgets; Missing if none."""
        first, *others = [self.seeds(task, method, budgets) for method in methods]
        common = [seed for seed in first if all(seed in seeds for seeds in others)]
        if not common:
            raise Missing(f"{' and '.join(methods)} on {task} have no seed in common")
        return common

    def wrong(self, task: str, method: str, budget: float, seeds: Sequence[int]) -> np.ndarray:
        """Test mistakes (seeds, images) of a cell; Missing if a record is missing."""
        at = self.budget_of(task, method, budget)
        try:
            return np.stack([self.mistakes[task, method, seed, at] for seed in seeds])
        except KeyError:
            raise Missing(f"{method} on {task} at {share(at)}: records missing") from None

    def images(self, task: str) -> int:
        """How many test images the records of a task have; Missing without a record."""
        for (of_task, *_), wrong in self.mistakes.items():
            if of_task == task:
                return len(wrong)
        raise Missing(f"{task} has no records")

    def column(
        self, task: str, method: str, budget: float, name: str, seeds: Sequence[int] | None = None
    ) -> np.ndarray:
        """A column's values (seeds,) in a cell, by default of all the seeds that it should have.

        Raises Missing if a record is, or a value, and Refused if no record has such a column.
        """
        seeds = seeds or self.seeds(task, method, [budget])
        cell = self._rows_of.get((task, method, budget), self.rows[:0])
        cell = cell[cell["seed"].isin(seeds)]
        where = f"{method} on {task} at {share(budget)}"
        if len(cell) and name not in cell:
            raise Refused(f"claims: {where}: no record has a column {name!r}")
        if len(cell) < len(seeds) or cell[name].isna().any():
            raise Missing(f"{where}: {name} missing")
        return cell.sort_values("seed")[name].to_numpy(float)

    def mean_log(
        self,
        tasks: list[str],
        method: str,
        budgets: list[float],
        name: str,
        seeds: Sequence[int] | None = None,
    ) -> np.ndarray:
        """Mean over cells of a column's logarithm (seeds,), by default of the seeds of all cells.

        Raises Missing if a record or the column is missing.
        """
        if not seeds:
            of_tasks = (set(self.seeds(task, method, budgets)) for task in tasks)
            seeds = sorted(set.intersection(*of_tasks))
        cells = [(task, budget) for task in tasks for budget in budgets]
        values = [self.column(task, method, budget, name, seeds) for task, budget in cells]
        return np.mean(np.log(values), axis=0)

    def coded(self, task: str, method: str, budget: float, codecs: list[str]) -> pd.DataFrame:
        """Codings of a method's networks, for the settings that have every seed.

        Raises Missing if there are none.
        """
        cell = self._codings_of.get((task, method, budget), self.codings[:0])
        cell = cell[cell["codec"].isin(codecs)]
        seeds = self._coded_seeds[cell.index]
        complete = cell[seeds == len(self.seeds(task, method, [budget]))]
        if complete.empty:
            raise Missing(f"{method} on {task}: codings missing ({', '.join(codecs)})")
        return complete

    def margins(self, tasks: Sequence[str]) -> list[float]:
        """The margin of each task, a fraction of the test images."""
        return [self.study.config["tasks"][task]["margin"] for task in tasks]

    def difference(self, task: str, method: str, against: str, budgets: list[float]) -> Interval:
        """Error of one method minus another's on a task, mean over budgets, paired.

        Over the seeds that the config has of both; Missing if there is none, or if a record of
        them is missing.
        """
        return self.contrast(task, {method: 1, against: -1}, budgets)

    def differences(
        self,
        tasks: Sequence[str],
        method: str | Sequence[str],
        against: str | Sequence[str],
        budgets: list[float],
    ) -> list[Interval]:
        """The difference on each task; a list of methods has one for each (Refused otherwise)."""
        ours, theirs = ([names] * len(tasks) if isinstance(names, str) else names
                        for names in (method, against))  # fmt: skip
        if not len(ours) == len(theirs) == len(tasks):
            raise Refused("claims: a list of methods needs one for each task")
        return [self.difference(*of, budgets) for of in zip(tasks, ours, theirs, strict=True)]

    def contrast(self, task: str, weights: Mapping[str, int], budgets: list[float]) -> Interval:
        """A weighted sum of methods' errors, mean over budgets, paired by seed and test image.

        Over the seeds that the config has of all of them; Missing as for `difference`.
        """
        seeds = self.common_seeds(task, list(weights), budgets)
        parts = [
            weight * self.wrong(task, method, budget, seeds).astype(float)
            for method, weight in weights.items()
            for budget in budgets
        ]
        total = np.sum(parts, axis=0) / len(budgets)
        return statistics.paired_difference(total, np.zeros_like(total))


def _by_cell(rows: pd.DataFrame) -> dict[Cell, pd.DataFrame]:
    """The rows of each task, method and budget."""
    if rows.empty:
        return {}
    groups: Any = rows.groupby(["task", "method", "budget"])
    return dict(iter(groups))
