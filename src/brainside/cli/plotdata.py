"""Make the small files from which figures draw weights, of one sweep's checkpoints."""

import argparse
from pathlib import Path

from brainside import plotdata, study
from brainside.errors import Refused

EXAMPLES = "  brainside plotdata config/quick.yaml digits/mlp100 hashednet --seed 0\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, and the key of one of its files (all of them else)."""
    parser.add_argument("config", type=Path)
    parser.add_argument("task")
    parser.add_argument("method")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--key", help="only this file; refuse to run when the config has none such")


def main(args: argparse.Namespace) -> None:
    """Write the files."""
    asked = (args.task, args.method, args.seed)
    jobs = [
        job
        for job in plotdata.plotdata(study.load(args.config))
        if (job.sweep.task, job.sweep.method, job.sweep.seed) == asked
        and args.key in (None, job.key)
    ]
    if not jobs:
        raise Refused(
            f"{args.config}: no figure wants plot data of {args.method} on {args.task} "
            f"with seed {args.seed}"
        )
    from brainside.coding.container import write_whole
    from brainside.extraction import text

    for job in jobs:
        write_whole(job.path, text(job).encode())
