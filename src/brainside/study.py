"""A study: a validated config and its sweeps.

Nothing here imports torch: the workflow expands its paths from this module at every start.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainside.config import read_valid
from brainside.errors import Refused
from brainside.expansion import expand
from brainside.keys import canonical
from brainside.sweep import Sweep, Tuning


@dataclass(frozen=True)
class Study:
    """A validated config with the sweeps that it names."""

    name: str
    path: Path
    config: dict[str, Any]
    sweeps: tuple[Sweep, ...]

    def find(self, task: str, method: str, seed: int) -> Sweep:
        """One sweep by its coordinates, tuning references included; Refused when absent."""
        for sweep in self.everything():
            if (sweep.task, sweep.method, sweep.seed) == (task, method, seed):
                return sweep
        raise Refused(
            f"{self.path}: no sweep of {method} on {task} with seed {seed}; "
            f"`brainside plan {self.path}` lists what there is"
        )

    def tunings(self) -> list[Tuning]:
        """Every search that the sweeps use, once each."""
        return list({s.tuning.path: s.tuning for s in self.sweeps if s.tuning}.values())

    def everything(self) -> list[Sweep]:
        """The sweeps with the references of the tuning seed, which no result uses."""
        return _unique([*self.sweeps, *(t.reference for t in self.tunings() if t.reference)])


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
    others = [s.reference for s in sweeps if s.reference]
    return Study(config["study"], path, config, tuple(_unique([*starts, *sweeps, *others])))


def _unique(sweeps: list[Sweep]) -> list[Sweep]:
    return list({sweep.record: sweep for sweep in sweeps}.values())
