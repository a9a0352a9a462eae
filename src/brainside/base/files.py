"""Files that are read or written as a whole, never half."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainside.base.errors import Refused

AGAIN = "make it again"


def restore(path: Path) -> str:
    """What to do about a file that git has."""
    return f"`git restore {path}` brings it back"


def read_whole(path: Path, remedy: str = AGAIN) -> bytes:
    """A file's bytes; Refused, with what to do about it, when it is missing or unreadable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}); {remedy}") from None


def read_committed(path: Path) -> bytes:
    """The bytes of a file that git has; Refused when it is missing or unreadable."""
    return read_whole(path, restore(path))


def committed_text(path: Path) -> str:
    """The text of a file that git has; Refused, with the line, where it is not UTF-8."""
    try:
        return read_committed(path).decode()
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Refused(f"{path}:{line}: is not text in UTF-8; {restore(path)}") from None


State = tuple[int, int, int]


def state(path: Path) -> State | None:
    """What changes when a file is written anew: its change time, size and inode; None without one.

    With it as an argument, a function that reads the file can be cached and is never out of date.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ctime_ns, status.st_size, status.st_ino


def sha256(path: Path, remedy: str = AGAIN) -> str:
    """SHA-256 of a file, hexadecimal; Refused when it cannot be read."""
    return hashlib.sha256(read_whole(path, remedy)).hexdigest()


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """A temporary name beside a path, for this process only; the file is gone afterwards."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, blob: bytes) -> None:
    """Write under a temporary name, then rename, so that no half file is ever seen.

    Raises OSError with the path when that fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part_of(path) as part:
            part.write_bytes(blob)
            os.replace(part, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
