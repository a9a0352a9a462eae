"""A search: the random search for a method's settings on one task, and where its files are."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainside.base import keys, paths

if TYPE_CHECKING:
    from brainside.study.sweeps import Sweep


@dataclass(frozen=True)
class Search:
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
    def key(self) -> str:
        """Content key of the search."""
        return keys.key(self.spec)

    @property
    def path(self) -> Path:
        """The committed file with every trial and the best settings of each budget."""
        return self._filled(paths.SEARCH)

    @property
    def cost(self) -> Path:
        """The file with the search's wall time and memory."""
        return self._filled(paths.SEARCH_COST)

    def _filled(self, pattern: str) -> Path:
        return self.root / paths.filled(
            pattern, study=self.study, task=self.task, method=self.method, key=self.key
        )

    def under(self, root: Path) -> "Search":
        """The same search with its files, and those that it reads, in another folder."""
        return replace(self, root=root, parent=self.parent.under(root) if self.parent else None)

    @property
    def done(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    @property
    def start(self) -> "Sweep | None":
        """The sweep whose networks it starts from; none where only their weights are counted."""
        return None if "weights_of" in self.spec["method"] else self.parent

    def inputs(self) -> dict[str, Path]:
        """Data, and the parent's record and checkpoints."""
        return inputs_of(self)


def inputs_of(job: "Search | Sweep") -> dict[str, Path]:
    """The data of a sweep or a search, and the parent's record and checkpoints."""
    data = paths.filled(paths.DATASET, dataset=job.spec["task"]["dataset"])
    files = {"data": job.root / data}
    if job.parent:
        files["reference"], files["mistakes"], _ = job.parent.files
    if job.start:
        files["weights"] = job.start.checkpoints
    return files
