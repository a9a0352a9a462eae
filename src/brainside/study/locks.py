"""Snakemake's lock after a crash: clear it, but only when no process of this workflow is alive."""

import fcntl
from pathlib import Path
from typing import IO

_held: list[IO[str]] = []


def clear_stale_lock(folder: Path = Path(".snakemake")) -> None:
    """Hold a shared lock while this process lives; where no other did, a lock left is stale.

    Snakemake's own lock files survive `kill -9` and name no process. Ours is an open file
    (flock), which the system releases whenever its process ends.
    """
    folder.mkdir(exist_ok=True)
    file = (folder / "brainside.lock").open("w")
    _held.append(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # another run is alive, and the lock is its own
    else:
        for stale in (folder / "locks").glob("*.lock"):
            stale.unlink()
    fcntl.flock(file, fcntl.LOCK_SH)
