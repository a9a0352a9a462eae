"""Make the small files from which figures draw weights, of one sweep's checkpoints."""

import argparse

from brainside.cli import arguments, jobs
from brainside.study import plotdata, study

EXAMPLES = "  brainside plotdata config/quick digits/mlp100 hashednet --seed 0\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, key, and where the file is asked for."""
    arguments.job(parser)
    arguments.output(parser)


def main(args: argparse.Namespace) -> None:
    """Write the files."""
    chosen = jobs.chosen(plotdata.plotdata(study.load(args.config)), args)
    from brainside.base.files import write_whole
    from brainside.jobs.plotdata import text

    for job in chosen:
        placed = job.under(jobs.root_of(job, args.output))
        write_whole(placed.path, text(placed).encode())
