"""Which jobs are still to be run, by the files that are there.

Only those are given inputs that do not exist yet. Snakemake runs every job again whose input
another job makes, so that in a clone, which has neither data nor checkpoints, one missing record
would retrain all that have the same data.
"""

from collections.abc import Iterable
from pathlib import Path

from brainside.base import paths
from brainside.study.codings import Coding
from brainside.study.sweeps import Sweep, Trained


def unfinished(
    jobs: Iterable[Trained], codings: Iterable[Coding], asked: Iterable[str] = ()
) -> set[Path]:
    """Records and searches that are missing, and records whose missing checkpoints are needed.

    Others need them (the sweeps that start from them, the codings), or the user, who has `asked`
    for their folder.
    """
    jobs = list(jobs)
    folders = {target for target in asked if target.startswith(f"{paths.CHECKPOINTS}/")}
    needed = [coding.sweep for coding in codings if coding.possible and not coding.done]
    if folders:  # seldom; else the names of all folders need not be made
        needed += [s for s in jobs if isinstance(s, Sweep) and str(s.checkpoints) in folders]
    missing = [job for job in jobs if not job.done]
    needed += [job.start for job in missing if job.start]
    found = {job.path for job in missing}
    while needed:
        sweep = needed.pop()
        if sweep.path not in found and not sweep.checkpoints.exists():
            found.add(sweep.path)
            needed += [sweep.start] if sweep.start else []
    return found
