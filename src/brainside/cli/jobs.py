"""What `sweep`, `coding` and `plotdata` share: arguments that name a sweep, and jobs of its own."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, and the key of the job (any that is possible else)."""
    parser.add_argument("config", type=Path, help="the study's folder")
    parser.add_argument("task")
    parser.add_argument("method")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--key", help="refuse to run when the config gives no job of this key")


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
