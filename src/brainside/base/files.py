"""Files read and written whole."""

import hashlib
import os
from pathlib import Path

from brainside.base.errors import Refused


def read_whole(path: Path) -> bytes:
    """A file's bytes; Refused when it is missing or unreadable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}); make it again") from None


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; Refused when it cannot be read."""
    return hashlib.sha256(read_whole(path)).hexdigest()


def write_whole(path: Path, blob: bytes) -> None:
    """Write under a temporary name, then rename, so that no half file is ever seen.

    Raises OSError with the path when that fails.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(blob)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
