"""A sweep and a search: what determines them, and where their files are."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from brainside import keys

RESULTS = Path("results")


class Started:
    """What a sweep and a search have in common: they may need another sweep."""

    spec: dict[str, Any]
    reference: "Sweep | None"

    @property
    def start(self) -> "Sweep | None":
        """The sweep whose networks it starts from; none where only their weights are counted."""
        return None if "weights_of" in self.spec["method"] else self.reference


@dataclass(frozen=True)
class Tuning(Started):
    """The random search whose best settings a method's sweeps on one task use."""

    study: str
    task: str
    method: str
    spec: dict[str, Any]
    reference: "Sweep | None"

    @cached_property
    def key(self) -> str:
        """Content key of the search."""
        return keys.key(self.spec)

    @property
    def path(self) -> Path:
        """The committed file with every trial and the best settings a budget."""
        return RESULTS / "tuned" / self.study / self.task / f"{self.method}.{self.key}.json"

    @property
    def cost(self) -> Path:
        """The file with the search's wall time and memory."""
        return RESULTS / "costs" / self.study / self.task / f"{self.method}.tune.{self.key}.tsv"


@dataclass(frozen=True)
class Sweep(Started):
    """One task, method and seed with its budgets: one job, one record file."""

    study: str
    task: str
    method: str
    seed: int
    spec: dict[str, Any]
    reference: "Sweep | None" = None
    tuning: Tuning | None = None

    @property
    def budgets(self) -> list[float]:
        """Reported budgets, descending."""
        return self.spec["budgets"]

    @property
    def points(self) -> list[float]:
        """Budgets that are trained, descending: those of the schedule where there is one."""
        return self.spec["method"].get("schedule", self.budgets)

    @cached_property
    def key(self) -> str:
        """Content key of the sweep."""
        return keys.key(self.spec)

    def row_key(self, budget: float) -> str:
        """Content key of one budget: the same whichever other budgets are reported with it."""
        method = dict(self.spec["method"])
        if "schedule" in method:
            method["schedule"] = [point for point in method["schedule"] if point >= budget]
        return keys.key({**self.spec, "method": method, "budgets": [budget]})

    def _path(self, kind: str, ending: str) -> Path:
        name = f"seed={self.seed}.{self.key}{ending}"
        return RESULTS / kind / self.study / self.task / self.method / name

    @property
    def record(self) -> Path:
        """The record: a CSV with a row a budget."""
        return self._path("runs", ".csv")

    @property
    def cost(self) -> Path:
        """The file with the job's wall time and memory."""
        return self._path("costs", ".tsv")

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoint files, one a budget."""
        return self._path("checkpoints", "")

    def checkpoint(self, budget: float) -> Path:
        """The file that decodes to the network evaluated at one budget."""
        return self.checkpoints / f"budget={budget:.6g}.brain"


def explain(spec: dict[str, Any]) -> str:
    """The spec as the text that is kept beside a record, so that a stale key can be explained."""
    return json.dumps(spec, indent=1, sort_keys=True) + "\n"


def differences(kept: Any, given: Any, at: str = "") -> list[str]:
    """Where two specs differ: a line a field, as `method.recipe.epochs: 4, the config gives 8`."""
    if not (isinstance(kept, dict) and isinstance(given, dict)):
        same = kept == given
        return [] if same else [f"{at or 'spec'}: {kept}, the config gives {given}"]
    names = sorted({*kept, *given})
    parts = [differences(kept.get(n), given.get(n), f"{at}.{n}".lstrip(".")) for n in names]
    return [line for part in parts for line in part]
