"""Snakemake's lock after a crash: clear it, but only when no process of this workflow is alive."""

import errno
import fcntl
from pathlib import Path
from typing import IO

# What file systems of clusters say that know no flock, or are mounted without it.
NO_FLOCK = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL)


def clear_stale_lock(folder: Path = Path(".snakemake")) -> IO[str]:
    """Take a shared lock of our own; where no other process has it, Snakemake's locks are stale.

    Snakemake's own lock files survive `kill -9` and name no process. Ours is an open file
    (flock), which the system releases whenever its process ends. It is returned, and is held for
    as long as it is kept. Where the file system has no flock, nothing is cleared.
    """
    folder.mkdir(exist_ok=True)
    file = (folder / "brainside.lock").open("w")
    try:
        if _alone(file):
            for stale in (folder / "locks").glob("*.lock"):
                stale.unlink()
        fcntl.flock(file, fcntl.LOCK_SH)
    except OSError as error:
        if error.errno not in NO_FLOCK:
            raise
    return file


def _alone(file: IO[str]) -> bool:
    """Whether no other process has the lock; it is ours then. OSError where there are no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
