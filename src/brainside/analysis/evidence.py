"""A study's records by cell, as the claims' checks read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from brainside.analysis import coding_tables, statistics
from brainside.analysis.statistics import Interval
from brainside.archive import records
from brainside.study.study import Study
from brainside.study.sweeps import Sweep


@dataclass(frozen=True)
class Evidence:
    """The records of a study, by cell."""

    study: Study

    @cached_property
    def sweeps(self) -> dict[tuple[str, str, int], Sweep]:
        """The sweeps whose records are there, by (task, method, seed)."""
        return {(s.task, s.method, s.seed): s for s in self.study.recorded()}

    @cached_property
    def mistakes(self) -> dict[tuple[str, str, int], dict[float, np.ndarray]]:
        """Test mistakes by (task, method, seed) and budget."""
        return {place: records.read_mistakes(s.path) for place, s in self.sweeps.items()}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Every row of every record."""
        return records.read_all(s.path for s in self.sweeps.values())

    @cached_property
    def codings(self) -> pd.DataFrame:
        """Every row of every coding."""
        return coding_tables.rows(self.study)

    def seeds(self, task: str, method: str) -> list[int]:
        """The seeds that the config wants of a method on a task; LookupError where none."""
        found = [s.seed for s in self.study.sweeps if (s.task, s.method) == (task, method)]
        if not found:
            raise LookupError(f"{method} on {task} is not in the study")
        return found

    def common_seeds(self, task: str, method: str, against: str) -> list[int]:
        """The seeds that the config wants of both methods; LookupError where there is none."""
        theirs = self.seeds(task, against)
        found = [seed for seed in self.seeds(task, method) if seed in theirs]
        if not found:
            raise LookupError(f"{method} and {against} on {task} have no seed in common")
        return found

    def wrong(self, task: str, method: str, budget: float, seeds: Sequence[int]) -> np.ndarray:
        """Test mistakes (seeds, images) of a cell; LookupError where a record lacks."""
        at = 1.0 if method == "reference" else budget
        try:
            return np.stack([self.mistakes[task, method, seed][at] for seed in seeds])
        except KeyError:
            raise LookupError(f"{method} on {task} at 1/{1 / at:.4g}: records missing") from None

    def column(
        self, task: str, method: str, budget: float, name: str, seeds: Sequence[int] | None = None
    ) -> np.ndarray:
        """A column's values (seeds,) in a cell, of all its seeds if not said otherwise.

        Raises LookupError where a record or the column lacks.
        """
        seeds, rows = seeds or self.seeds(task, method), self.rows
        here = rows[(rows["task"] == task) & (rows["method"] == method)]
        found = here[(here["budget"] == budget) & here["seed"].isin(seeds)]
        if len(found) < len(seeds) or name not in found or found[name].isna().any():
            raise LookupError(f"{method} on {task} at 1/{1 / budget:.4g}: {name} missing")
        return found.sort_values("seed")[name].to_numpy(float)

    def coded(self, task: str, method: str, budget: float, codecs: list[str]) -> pd.DataFrame:
        """Codings of a method's networks, of the settings that have every seed.

        Raises LookupError where there are none.
        """
        seeds, rows = self.seeds(task, method), self.codings
        here = rows[(rows["task"] == task) & (rows["method"] == method)]
        found = here[(here["budget"] == budget) & here["codec"].isin(codecs)]
        whole = found.groupby(coding_tables.SETTING)["seed"].transform("nunique") == len(seeds)
        if not whole.any():
            raise LookupError(f"{method} on {task}: codings missing ({', '.join(codecs)})")
        return found[whole]

    def difference(self, task: str, method: str, against: str, budgets: list[float]) -> Interval:
        """Error of one method minus another's on a task, mean over budgets, paired.

        Over the seeds that the config has of both; LookupError where there is none, or a record
        of them lacks.
        """
        seeds = self.common_seeds(task, method, against)
        parts = [
            self.wrong(task, method, b, seeds).astype(float) - self.wrong(task, against, b, seeds)
            for b in budgets
        ]
        mean = np.mean(parts, axis=0)
        return statistics.paired_difference(mean, np.zeros_like(mean))
