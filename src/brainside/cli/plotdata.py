"""Make the small files from which figures draw weights, of one sweep's checkpoints."""

import argparse

from brainside.cli import arguments, jobs
from brainside.study import plotdata, study

EXAMPLES = "  brainside plotdata config/quick digits/mlp100 hashednet --seed 0\n"
add_arguments = arguments.job


def main(args: argparse.Namespace) -> None:
    """Write the files."""
    chosen = jobs.chosen(plotdata.plotdata(study.load(args.config)), args)
    from brainside.base.files import write_whole
    from brainside.jobs.plotdata import text

    for job in chosen:
        write_whole(job.path, text(job).encode())
