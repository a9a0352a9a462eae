"""A study's records by cell, as the claims' checks read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from brainside.analysis import coding_tables, statistics
from brainside.analysis.statistics import Interval
from brainside.archive import records
from brainside.base.budgets import inverse
from brainside.study.study import Study
from brainside.study.sweeps import Sweep


@dataclass
class Evidence:
    """The records of a study, by cell; each attribute is read when it is first asked for."""

    study: Study

    @cached_property
    def sweeps(self) -> dict[tuple[str, str, int], Sweep]:
        """The sweeps that have a record, by (task, method, seed)."""
        return {(s.task, s.method, s.seed): s for s in self.study.recorded()}

    @cached_property
    def mistakes(self) -> dict[tuple[str, str, int], dict[float, np.ndarray]]:
        """Test mistakes by (task, method, seed) and budget."""
        return {key: records.read_mistakes(s.path) for key, s in self.sweeps.items()}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every row of every record."""
        return records.read_all(s.path for s in self.sweeps.values())

    @cached_property
    def codings(self) -> pd.DataFrame:
        """Every row of every coding."""
        return coding_tables.rows(self.study)

    def seeds(self, task: str, method: str) -> list[int]:
        """The seeds that the config wants of a method on a task; LookupError if none."""
        seeds = [s.seed for s in self.study.sweeps if (s.task, s.method) == (task, method)]
        if not seeds:
            raise LookupError(f"{method} on {task} is not in the study")
        return seeds

    def common_seeds(self, task: str, method: str, against: str) -> list[int]:
        """The seeds that the config wants of both methods; LookupError if there is none."""
        theirs = self.seeds(task, against)
        common = [seed for seed in self.seeds(task, method) if seed in theirs]
        if not common:
            raise LookupError(f"{method} and {against} on {task} have no seed in common")
        return common

    def wrong(self, task: str, method: str, budget: float, seeds: Sequence[int]) -> np.ndarray:
        """Test mistakes (seeds, images) of a cell; LookupError if a record is missing."""
        at = 1.0 if method == "reference" else budget
        try:
            return np.stack([self.mistakes[task, method, seed][at] for seed in seeds])
        except KeyError:
            raise LookupError(f"{method} on {task} at {inverse(at)}: records missing") from None

    def column(
        self, task: str, method: str, budget: float, name: str, seeds: Sequence[int] | None = None
    ) -> np.ndarray:
        """A column's values (seeds,) in a cell, by default of all the seeds that it should have.

        Raises LookupError if a record or the column is missing.
        """
        seeds = seeds or self.seeds(task, method)
        cell = _cell(self.rows, task, method, budget)
        cell = cell[cell["seed"].isin(seeds)]
        if len(cell) < len(seeds) or name not in cell or cell[name].isna().any():
            raise LookupError(f"{method} on {task} at {inverse(budget)}: {name} missing")
        return cell.sort_values("seed")[name].to_numpy(float)

    def coded(self, task: str, method: str, budget: float, codecs: list[str]) -> pd.DataFrame:
        """Codings of a method's networks, for the settings that have every seed.

        Raises LookupError if there are none.
        """
        cell = _cell(self.codings, task, method, budget)
        cell = cell[cell["codec"].isin(codecs)]
        seeds = cell.groupby(coding_tables.SETTING)["seed"].transform("nunique")
        complete = cell[seeds == len(self.seeds(task, method))]
        if complete.empty:
            raise LookupError(f"{method} on {task}: codings missing ({', '.join(codecs)})")
        return complete

    def difference(self, task: str, method: str, against: str, budgets: list[float]) -> Interval:
        """Error of one method minus another's on a task, mean over budgets, paired.

        Over the seeds that the config has of both; LookupError if there is none, or if a record of
        them is missing.
        """
        seeds = self.common_seeds(task, method, against)
        parts = [
            self.wrong(task, method, b, seeds).astype(float) - self.wrong(task, against, b, seeds)
            for b in budgets
        ]
        mean = np.mean(parts, axis=0)
        return statistics.paired_difference(mean, np.zeros_like(mean))


def _cell(rows: pd.DataFrame, task: str, method: str, budget: float) -> pd.DataFrame:
    of_method = (rows["task"] == task) & (rows["method"] == method)
    return rows[of_method & (rows["budget"] == budget)]
