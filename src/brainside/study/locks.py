"""Snakemake's lock after a crash: clear it, but only when no process of this workflow is alive."""

import fcntl
from pathlib import Path
from typing import IO


def clear_stale_lock(folder: Path = Path(".snakemake")) -> IO[str]:
    """Take a shared lock of our own; where no other process has it, Snakemake's locks are stale.

    Snakemake's own lock files survive `kill -9` and name no process. Ours is an open file
    (flock), which the system releases whenever its process ends. It is returned, and is held for
    as long as it is kept.
    """
    folder.mkdir(exist_ok=True)
    file = (folder / "brainside.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # another run is alive, and the lock is its own
    else:
        for stale in (folder / "locks").glob("*.lock"):
            stale.unlink()
    fcntl.flock(file, fcntl.LOCK_SH)
    return file
