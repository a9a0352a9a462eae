"""Search a method's settings on validation data, with the same number of trials for all."""

import argparse
from pathlib import Path

from brainside.base.errors import Refused
from brainside.study import study
from brainside.study.expansion import Part

EXAMPLES = "  brainside search config/quick digits/mlp100 small-conv\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, and the key that is expected."""
    parser.add_argument("config", type=Path, help="the study's folder")
    parser.add_argument("task")
    parser.add_argument("method")
    parser.add_argument("--key", help="refuse to run when the config gives another key")


def main(args: argparse.Namespace) -> None:
    """Run the search; of the study only the part that it needs is expanded."""
    part = study.load(args.config, Part(args.task))
    asked = (args.task, args.method)
    search = next((job for job in part.searches if (job.task, job.method) == asked), None)
    if search is None:
        raise Refused(f"{args.config}: {args.method} on {args.task} has no search")
    if args.key and args.key != search.key:
        raise Refused(f"key {args.key} is stale: {args.config} now gives {search.key}")
    from brainside.jobs.search import run

    run(search)
    print(f"{part.name}: {args.method} on {args.task} searched")
