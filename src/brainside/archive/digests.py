"""Twelve hex digits that stand for a set of files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from brainside.base.files import sha256


def made_of(paths: Iterable[Path]) -> str:
    """What figures and tables say in small print: twelve hex digits that stand for their files.

    They are the start of the SHA-256 of what `sha256sum` prints for the files that exist, in the
    order of their paths, so that `sha256sum FILES | sha256sum` checks them.
    """
    present = sorted({str(path) for path in paths if path.exists()})
    lines = "".join(f"{sha256(Path(path))}  {path}\n" for path in present)
    return f"records {hashlib.sha256(lines.encode()).hexdigest()[:12]}" if present else "no records"
