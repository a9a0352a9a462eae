"""Which jobs are still to be run, by the files that are there.

Only those are given inputs that do not exist yet. Snakemake runs every job again whose input
another job makes, so that in a clone, which has neither data nor checkpoints, one missing record
would retrain all that have the same data.
"""

from collections.abc import Iterable
from pathlib import Path

from brainside.study.codings import Coding
from brainside.study.sweeps import Sweep, Trained


def unfinished(
    jobs: Iterable[Trained], codings: Iterable[Coding], asked: Iterable[str] = ()
) -> set[Path]:
    """Records and searches that are missing, and records whose missing checkpoints are needed.

    Others need them (the sweeps that start from them, the codings), or the user, who has `asked`
    for their folder.
    """
    jobs, asked = list(jobs), set(asked)
    needed = [coding.sweep for coding in codings if coding.possible and not coding.done]
    needed += [s for s in jobs if isinstance(s, Sweep) and str(s.checkpoints) in asked]
    missing = [job for job in jobs if not job.done]
    needed += [job.start for job in missing if job.start]
    paths = {job.path for job in missing}
    while needed:
        sweep = needed.pop()
        if sweep.path not in paths and not sweep.checkpoints.exists():
            paths.add(sweep.path)
            needed += [sweep.start] if sweep.start else []
    return paths
