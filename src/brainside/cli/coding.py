"""Code the checkpoints of one sweep with a study's codecs; decode and evaluate them again."""

import argparse

from brainside.cli import arguments, jobs
from brainside.study import codings, study

EXAMPLES = """\
  brainside coding config/quick digits/mlp100 magnitude --seed 0
  brainside coding config/quick digits/mlp100 magnitude --seed 0 --key 0123abcd
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, key, and where the file is asked for."""
    arguments.job(parser)
    arguments.output(parser)


def main(args: argparse.Namespace) -> None:
    """Write the files."""
    chosen = jobs.chosen(codings.codings(study.load(args.config)), args)
    from brainside.jobs import coding as coding_job

    for job in chosen:
        coding_job.run(job.under(jobs.root_of(job, args.output)))
        settings = len(list(job.settings()))
        jobs.report(f"{job.path}: {settings} settings at {len(job.budgets)} budgets")
