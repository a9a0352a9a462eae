"""What a study is made of: jobs. Each has one committed file, named by the key of its spec."""

from pathlib import Path
from typing import Any, Protocol

from brainside.study.sweeps import Sweep


class Job(Protocol):
    """A sweep, a search, a coding or plot data.

    The file at `path` is there if and only if the job is done with what the config says now.
    """

    @property
    def study(self) -> str:
        """The name of the study."""

    @property
    def task(self) -> str:
        """The task, `dataset/architecture`."""

    @property
    def method(self) -> str:
        """The method, by its name in the config."""

    @property
    def spec(self) -> Any:
        """All that determines the result, as JSON."""

    @property
    def key(self) -> str:
        """The content key of the spec: eight hex digits."""

    @property
    def path(self) -> Path:
        """The committed file."""

    @property
    def done(self) -> bool:
        """Whether the file is there."""

    def inputs(self) -> dict[str, Path]:
        """The files of other jobs that it reads, by what they are to it."""


class OfSweep:
    """What a coding and plot data have of the sweep whose checkpoints they are made from."""

    sweep: Sweep

    @property
    def study(self) -> str:
        """The name of the study."""
        return self.sweep.study

    @property
    def task(self) -> str:
        """The sweep's task."""
        return self.sweep.task

    @property
    def method(self) -> str:
        """The sweep's method."""
        return self.sweep.method
