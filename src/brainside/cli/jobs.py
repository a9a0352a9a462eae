"""The jobs that the arguments of `sweep`, `coding` and `plotdata` name, and their folder."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused
from brainside.study.job import Job


def root_of(job: Job, output: Path | None) -> Path:
    """The folder below which a job's file is asked for; here where it is not said.

    What Snakemake has of a bucket it keeps in such a folder, which mirrors this one, the inputs
    of the job as well. Raises Refused where `output` does not end in the job's own path.
    """
    ours = job.path.parts
    if output is None:
        return Path()
    if output.parts[-len(ours) :] != ours:
        raise Refused(f"--output {output}: has to end in {job.path}")
    return Path(*output.parts[: -len(ours)])


def report(text: str) -> None:
    """Say that a job is done, as its progress is said: on standard error, which is a rule's log."""
    print(text, file=sys.stderr)


def chosen(jobs: Iterable[Any], args: argparse.Namespace) -> list[Any]:
    """The jobs that the arguments name; each has `sweep`, `key` and `possible`. Refused if none."""
    asked = (args.task, args.method, args.seed)
    found = [
        job
        for job in jobs
        if (job.sweep.task, job.sweep.method, job.sweep.seed) == asked
        and (args.key == job.key if args.key else job.possible)
    ]
    if not found:
        where = f"{args.method} on {args.task} with seed {args.seed}"
        raise Refused(f"{args.config}: no {args.command} job of {where}")
    return found
