"""Locks that end with their process.

Snakemake's own, after a crash, is cleared when no process of this workflow is alive. A job that its
killed Snakemake left running is waited for by the next one of its key.
"""

import errno
import fcntl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from brainside.base.errors import Refused
from brainside.base.paths import STATE

# What file systems of clusters say that know no flock, or are mounted without it.
NO_FLOCK = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL)
Flock = Callable[[IO[str], int], None]


@contextmanager
def alone(key: str) -> Iterator[bool]:
    """Keep other processes from the job of a key; yields whether one did it and was waited for.

    Each key has a byte of one file, so that no file is left of any job. Where the file system knows
    no locks, two processes write the same bytes.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w", encoding="utf-8") as file:
        try:
            waited = _lock_byte(file, int(key, 16))
        except OSError as error:
            if error.errno not in NO_FLOCK:
                raise
            waited = False
        yield waited


def _lock_byte(file: IO[str], number: int) -> bool:
    """Whether another process had it before."""
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
    except (BlockingIOError, PermissionError):
        print("another process is at the same job: waiting for it", file=sys.stderr, flush=True)
        fcntl.lockf(file, fcntl.LOCK_EX, 1, number)
        return True
    return False


def clear_stale_lock(folder: Path = Path(".snakemake"), flock: Flock = fcntl.flock) -> IO[str]:
    """Take a shared lock of our own; where no other process has it, Snakemake's locks are stale.

    Snakemake's own lock files survive `kill -9` and name no process. Ours is an open file
    (flock), which the system releases whenever its process ends. It is returned, and is held for
    as long as it is kept. On a file system without `flock` nothing is cleared: Snakemake's own
    locks are all that there is. Refused where folder or lock cannot be made, as by a file there.
    """
    try:
        folder.mkdir(exist_ok=True)
        file = (folder / "brainside.lock").open("w", encoding="utf-8")
        _clear(folder, file, flock)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        where, reason = error.filename or folder, error.strerror
        raise Refused(f"{where}: {reason}; delete {folder}, it is made again") from None
    return file


def _clear(folder: Path, file: IO[str], flock: Flock) -> None:
    try:
        if _alone(file, flock):
            for stale in (folder / "locks").glob("*.lock"):
                stale.unlink()
        flock(file, fcntl.LOCK_SH)
    except OSError as error:
        if error.errno not in NO_FLOCK:
            raise


def _alone(file: IO[str], flock: Flock) -> bool:
    """Whether no other process has the lock; it is ours then. OSError where there are no locks."""
    try:
        flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
