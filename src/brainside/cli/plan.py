"""Print what a study costs before anything runs, and which finished searches end at an edge."""

import argparse
from pathlib import Path

from brainside.archive import edges
from brainside.base.errors import Refused
from brainside.study import costs, study, workflow

EXAMPLES = """\
  brainside plan config/paper
  brainside plan config/paper --cores 8
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study and number of cores."""
    parser.add_argument("config", type=Path, help="the study's folder")
    parser.add_argument("--cores", type=int, default=1)


def main(args: argparse.Namespace) -> None:
    """Print the table, and below it the searches whose ranges may be too narrow."""
    if args.cores < 1:
        raise Refused(f"--cores {args.cores}: there must be at least one")
    planned = study.load(args.config)
    workflow.checked_jobs([planned])
    print("\n".join([costs.table(planned, args.cores), *edges.summary(planned.searches)]))
