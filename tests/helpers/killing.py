"""Jobs that die in the middle, as if by kill -9."""

from dataclasses import dataclass, field, replace

from brainside.base.progress import Progress


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@dataclass(frozen=True)
class Dying(Progress):
    """A progress whose job dies when it tells something for the n-th time; `told` counts."""

    dies_at: int = 0
    told: list[str] = field(default_factory=list)

    def __call__(self, text: str, *, always: bool = False) -> None:
        self.told.append(text)
        if len(self.told) == self.dies_at:
            raise Killed


def dying(progress: Progress, dies_at: int) -> Dying:
    """The same job, with the same resume points, dying at its n-th message (never at the 0th)."""
    return Dying(progress.label, progress.folder, dies_at=dies_at)


def elsewhere(progress: Progress, name: str) -> Progress:
    """A job of the same label whose resume points are in a folder of its own."""
    return replace(progress, folder=progress.folder / name)
