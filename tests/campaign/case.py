"""What became of one case of the campaign."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """Whether the program withstood a case, whether it named what was wrong, what was lost."""

    caught: bool
    named: bool
    lost: bool
    text: str
    tried: int = 1


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """The working directory, for as long as the block runs."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
