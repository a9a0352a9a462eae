"""Code the checkpoints of one sweep with a study's codecs; decode and evaluate them again."""

import argparse
from pathlib import Path

from brainside import codings, study
from brainside.errors import Refused

EXAMPLES = """\
  brainside code config/quick.yaml digits/mlp100 magnitude --seed 0
  brainside code config/quick.yaml digits/mlp100 magnitude --seed 0 --key 0123abcd
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, and the key of one of its jobs (all that are possible else)."""
    parser.add_argument("config", type=Path)
    parser.add_argument("task")
    parser.add_argument("method")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--key", help="only this job; refuse to run when the config has none such")


def main(args: argparse.Namespace) -> None:
    """Write the files."""
    asked = (args.task, args.method, args.seed)
    jobs = [
        job
        for job in codings.codings(study.load(args.config))
        if (job.sweep.task, job.sweep.method, job.sweep.seed) == asked
        and (args.key == job.key if args.key else job.possible)
    ]
    if not jobs:
        raise Refused(
            f"{args.config}: no coding of {args.method} on {args.task} with seed {args.seed}"
        )
    from brainside.coding import rows

    for job in jobs:
        rows.run(job)
        print(f"{job.path}: {len(list(job.settings()))} settings at {len(job.budgets)} budgets")
