"""Progress of a long job: what it is at, on a terminal in one live line, else in plain lines."""

import re
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """Says how far a job is (call it with a text) and holds the folder of its resume points."""

    label: str
    folder: Path
    quiet_until: list[float] = field(default_factory=lambda: [0.0])

    def at(self, part: str) -> "Progress":
        """The same job at one of its parts, such as one budget."""
        return replace(self, label=f"{self.label}, {part}")

    @property
    def slug(self) -> str:
        """The label as a file name, for resume points."""
        return re.sub(r"[^a-z0-9.=-]+", "_", self.label.lower())

    def __call__(self, text: str, *, always: bool = False) -> None:
        """Say one thing: if not always, at most ten times a second live, every 10 s in a log."""
        live, now = sys.stderr.isatty(), time.monotonic()
        if now < self.quiet_until[0] and not always:
            return
        self.quiet_until[0] = now + (0.1 if live else 10.0)
        start, end = ("\r\x1b[K", "") if live else ("", "\n")
        print(f"{start}{self.label}: {text}", end=end, file=sys.stderr, flush=True)
