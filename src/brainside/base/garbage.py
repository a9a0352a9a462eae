"""Python's search for objects that only refer to each other, made rare where few are left."""

import gc

ALLOCATIONS = 100_000  # of containers between two searches among the newest; Python's own are 700


def collect_seldom() -> None:
    """Search for cyclic garbage seldom, in a process that keeps nearly all that it allocates.

    The audit has hundreds of thousands of rows and paths, among which each search looks in vain: a
    sixth of its time, and a share that grows with the archive.
    """
    gc.set_threshold(ALLOCATIONS, 50, 50)
