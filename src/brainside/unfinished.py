"""Which jobs are still to be run, by the files that are there.

Only those are given inputs that do not exist yet. Snakemake runs every job again whose input
another job makes, so that in a clone, which has neither data nor checkpoints, one missing record
would retrain all that have the same data.
"""

from collections.abc import Iterable
from pathlib import Path

from brainside.codings import Coding
from brainside.sweep import Sweep, Tuning


def unfinished(
    jobs: Iterable[Sweep | Tuning], codings: Iterable[Coding], asked: Iterable[str] = ()
) -> set[Path]:
    """Records and searches that are absent, and records whose absent checkpoints are needed.

    Others need them (the sweeps that start from them, the codings), or the user, who has `asked`
    for their folder.
    """
    needed = [coding.sweep for coding in codings if coding.possible and not coding.path.exists()]
    needed += [s for s in jobs if isinstance(s, Sweep) and str(s.checkpoints) in asked]
    absent = [job for job in jobs if not made_by(job).exists()]
    needed += [job.start for job in absent if job.start]
    found = {made_by(job) for job in absent}
    while needed:
        sweep = needed.pop()
        if sweep.record not in found and not sweep.checkpoints.exists():
            found.add(sweep.record)
            needed += [sweep.start] if sweep.start else []
    return found


def made_by(job: Sweep | Tuning) -> Path:
    """The file whose presence says that a job is finished: its name has the job's key."""
    return job.record if isinstance(job, Sweep) else job.path
