"""A study: a validated config and its sweeps.

Nothing here imports torch: the workflow expands its paths from this module at every start.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.keys import canonical
from brainside.study.expansion import expand
from brainside.study.searches import Search
from brainside.study.sweeps import Sweep


@dataclass(frozen=True)
class Study:
    """A validated config with the sweeps that it names."""

    name: str
    path: Path
    config: dict[str, Any]
    sweeps: tuple[Sweep, ...]

    @cached_property
    def searches(self) -> list[Search]:
        """Every search that the sweeps use, once each."""
        return list({s.search.path: s.search for s in self.sweeps if s.search}.values())

    @cached_property
    def everything(self) -> list[Sweep]:
        """The sweeps, and those of the searches' seed that searches start from."""
        return _unique([*self.sweeps, *(s.parent for s in self.searches if s.parent)])

    @cached_property
    def _by_coordinates(self) -> dict[tuple[str, str, int], Sweep]:
        return {(s.task, s.method, s.seed): s for s in reversed(self.everything)}

    def find(self, task: str, method: str, seed: int) -> Sweep:
        """One sweep by its coordinates, of the searches' seed too; Refused when absent."""
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


def load(path: Path | str) -> Study:
    """Read, validate and expand a study's config; Refused with file, place and reason."""
    path = Path(path)
    config = read_valid(path, "study")
    try:
        sweeps = list(expand(config, path))
        canonical(config)
    except (ValueError, TypeError) as error:  # NaN, a date: no key can be made of it
        raise Refused(f"{path}: {error}") from None
    starts = [s.start for s in sweeps if s.start]
    others = [s.parent for s in sweeps if s.parent]
    return Study(config["study"], path, config, tuple(_unique([*starts, *sweeps, *others])))


def _unique(sweeps: list[Sweep]) -> list[Sweep]:
    return list({sweep.path: sweep for sweep in sweeps}.values())
