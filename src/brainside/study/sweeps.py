"""Sweeps and searches: what is trained, where its files are, and which of others it reads."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from brainside.base import keys, paths
from brainside.base.budgets import tag


class _Common:
    """What sweeps and searches have in common, by their spec and the sweep that they start from."""

    spec: dict[str, Any]
    parent: "Sweep | None"
    root: Path

    @property
    def path(self) -> Path:
        """The committed file."""
        raise NotImplementedError

    @cached_property
    def key(self) -> str:
        """The content key of the spec: eight hex digits."""
        return keys.key(self.spec)

    @property
    def done(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    @property
    def start(self) -> "Sweep | None":
        """The sweep whose networks it starts from; none where only their weights are counted."""
        return None if "weights_of" in self.spec["method"] else self.parent

    def inputs(self) -> dict[str, Path]:
        """The data, and the parent's record and checkpoints."""
        dataset = self.spec["task"]["dataset"]
        files = {"data": paths.filled(paths.DATASET, self.root, dataset=dataset)}
        if self.parent:
            files["reference"], files["mistakes"], _ = self.parent.files
        if self.start:
            files["weights"] = self.start.checkpoints
        return files


@dataclass(frozen=True)
class Search(_Common):
    """The random search whose best settings a method's sweeps on one task use.

    `parent` is the sweep (of the search's own seed) that the method starts from or counts the
    weights of, `root` the folder that has `results/` and `data/`.
    """

    study: str
    task: str
    method: str
    spec: dict[str, Any]
    parent: "Sweep | None"
    root: Path = Path()

    @cached_property
    def path(self) -> Path:
        """The committed file with every trial and the best settings of each budget."""
        return self._filled(paths.SEARCH)

    @cached_property
    def cost(self) -> Path:
        """The file with the search's wall time and memory."""
        return self._filled(paths.SEARCH_COST)

    def _filled(self, pattern: str) -> Path:
        return paths.filled(
            pattern, self.root, study=self.study, task=self.task, method=self.method, key=self.key
        )

    def under(self, root: Path) -> "Search":
        """The same search with its files, and those that it reads, in another folder."""
        return replace(self, root=root, parent=self.parent.under(root) if self.parent else None)


@dataclass(frozen=True)
class Sweep(_Common):
    """One task, method and seed with its budgets: one job, one record file.

    `parent` is the sweep that the method starts from or counts the weights of, `search` the one
    that found its settings, `root` the folder that has `results/` and `data/`.
    """

    study: str
    task: str
    method: str
    seed: int
    spec: dict[str, Any]
    parent: "Sweep | None" = None
    search: Search | None = None
    root: Path = Path()

    @property
    def coordinates(self) -> str:
        """Its place in the study: `mnist/mlp1000/magnitude-l2/0`."""
        return f"{self.task}/{self.method}/{self.seed}"

    @property
    def budgets(self) -> list[float]:
        """Reported budgets, descending."""
        return self.spec["budgets"]

    @property
    def points(self) -> list[float]:
        """Budgets that are trained, descending: those of the schedule where there is one."""
        return self.spec["method"].get("schedule", self.budgets)

    def row_key(self, budget: float) -> str:
        """Content key of one budget: the same whichever other budgets are reported with it."""
        method = dict(self.spec["method"])
        if "schedule" in method:
            method["schedule"] = [point for point in method["schedule"] if point >= budget]
        return keys.key({**self.spec, "method": method, "budgets": [budget]})

    def _filled(self, pattern: str) -> Path:
        return paths.filled(
            pattern, self.root, study=self.study, task=self.task, method=self.method,
            seed=self.seed, key=self.key,
        )  # fmt: skip

    def under(self, root: Path) -> "Sweep":
        """The same sweep with its files, and those that it reads, in another folder."""
        parent = self.parent.under(root) if self.parent else None
        search = self.search.under(root) if self.search else None
        return replace(self, root=root, parent=parent, search=search)

    @cached_property
    def path(self) -> Path:
        """The record: a CSV with one row per budget."""
        return self._filled(paths.RECORD)

    @cached_property
    def files(self) -> list[Path]:
        """The record, the file of its mistakes, and its spec."""
        return [self.path, self._filled(paths.RECORD_MISTAKES), self._filled(paths.RECORD_SPEC)]

    @cached_property
    def cost(self) -> Path:
        """The file with the job's wall time and memory."""
        return self._filled(paths.RECORD_COST)

    @cached_property
    def checkpoints(self) -> Path:
        """The folder of the checkpoint files, one per budget."""
        return self._filled(paths.RECORD_CHECKPOINTS)

    def checkpoint(self, budget: float) -> Path:
        """The file that decodes to the network evaluated at one budget."""
        return self.checkpoints / f"budget={tag(budget)}.brain"

    def inputs(self) -> dict[str, Path]:
        """The data, the parent's record and checkpoints, and the search."""
        return super().inputs() | ({"tuned": self.search.path} if self.search else {})


Trained = Sweep | Search
