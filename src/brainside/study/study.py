"""A study: a validated config and its sweeps.

Nothing here imports torch: the workflow expands its paths from this module at every start.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brainside.base import paths
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.study.configs import Place, read_study
from brainside.study.expansion import Part, expand
from brainside.study.schema import StudyConfig
from brainside.study.sweeps import Search, Sweep


@dataclass(frozen=True, eq=False)
class Study:
    """A validated config with the sweeps that it names; `path` is its folder.

    Two are never equal, so that a study may be the argument of a cached function.
    """

    name: str
    path: Path
    config: StudyConfig
    sweeps: tuple[Sweep, ...]

    @property
    def live(self) -> bool:
        """Whether the workflow trains it; else it is made again from its records."""
        return self.config["kind"] == "live"

    @property
    def report(self) -> str:
        """The name of its document: paper/<report>.tex."""
        return self.config["report"]

    @property
    def titles(self) -> dict[str, str]:
        """What tables and figures call each method, by its name."""
        return {name: method["title"] for name, method in self.config["methods"].items()}

    @cached_property
    def searches(self) -> list[Search]:
        """Every search that the sweeps use, once each."""
        return list({s.search.path: s.search for s in self.sweeps if s.search}.values())

    @cached_property
    def everything(self) -> list[Sweep]:
        """The sweeps, and those of the searches' seed that searches start from."""
        return _unique([*self.sweeps, *(s.parent for s in self.searches if s.parent)])

    @cached_property
    def cells(self) -> dict[tuple[str, str], list[Sweep]]:
        """The sweeps by task and method."""
        cells: dict[tuple[str, str], list[Sweep]] = {}
        for sweep in self.sweeps:
            cells.setdefault((sweep.task, sweep.method), []).append(sweep)
        return cells

    @cached_property
    def _by_coordinates(self) -> dict[tuple[str, str, int], list[Sweep]]:
        sweeps: dict[tuple[str, str, int], list[Sweep]] = {}
        for sweep in self.everything:
            sweeps.setdefault((sweep.task, sweep.method, sweep.seed), []).append(sweep)
        return sweeps

    def find(self, task: str, method: str, seed: int, budgets: Collection[float] = ()) -> Sweep:
        """One sweep by its coordinates, of the searches' seed too; Refused when absent.

        Where several entries have a method on a task and seed, the first that has the `budgets`.
        """
        sweeps = self.find_all(task, method, seed)
        return next((s for s in sweeps if set(budgets) <= set(s.budgets)), sweeps[0])

    def find_all(self, task: str, method: str, seed: int) -> list[Sweep]:
        """The sweeps of these coordinates, one for each entry that has them; Refused if none."""
        try:
            return self._by_coordinates[task, method, seed]
        except KeyError:
            raise Refused(
                f"{self.path}: no sweep of {method} on {task} with seed {seed}; "
                f"`brainside plan {self.path}` lists what there is"
            ) from None

    def recorded(self) -> list[Sweep]:
        """The sweeps whose records are there."""
        return [sweep for sweep in self.sweeps if sweep.done]


def load(path: Path | str, part: Part | None = None) -> Study:
    """Read, validate and expand a study's folder; Refused with file, line and reason.

    With a part, the study has no other sweeps and searches, so that a job of a study of any size
    starts at once.
    """
    return of_config(read_study(Path(path)), Path(path), part)


def load_archived(path: Path | str) -> Study:
    """A study whose records are committed; Refused for a live one, of which nothing is kept."""
    study = load(path)
    if study.live:
        raise Refused(
            f"{Place(study.path, ('kind',))}: {study.name} is live; this command is for a study "
            "whose records are archived"
        )
    return study


def of_config(config: StudyConfig, path: Path, part: Part | None = None) -> Study:
    """The study, or a part of it, of a config that is valid; `path` is its folder.

    Raises Refused, with file, line and key, where names or numbers do not fit each other.
    """
    sweeps = list(expand(config, path, part))
    starts = [s.start for s in sweeps if s.start]
    others = [s.parent for s in sweeps if s.parent]
    return Study(config["study"], path, config, tuple(_unique([*starts, *sweeps, *others])))


def load_all(workflow: Path = paths.WORKFLOW) -> list[Study]:
    """The studies that the workflow builds, in the order of its config.

    Raises Refused where one of them is wrong, or two have the same name or the same document.
    """
    studies = [load(folder) for folder in read_valid(workflow, "workflow")["studies"]]
    for what in ("name", "report"):
        names = [getattr(study, what) for study in studies]
        if twice := [name for name in names if names.count(name) > 1]:
            raise Refused(f"{workflow}: two studies have the {what} {twice[0]!r}; rename one")
    return studies


def _unique(sweeps: list[Sweep]) -> list[Sweep]:
    return list({sweep.path: sweep for sweep in sweeps}.values())
