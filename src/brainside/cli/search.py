"""Search a method's settings on validation data, with the same number of trials for all."""

import argparse

from brainside.base.errors import Refused
from brainside.cli import arguments, jobs
from brainside.study import study
from brainside.study.expansion import Part
from brainside.study.locks import alone

EXAMPLES = "  brainside search config/quick digits/mlp100 small-conv\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, the key that is expected, and where the file is asked for."""
    arguments.task_and_method(parser)
    parser.add_argument("--key", help="refuse to run when the config gives another key")
    arguments.output(parser)


def main(args: argparse.Namespace) -> None:
    """Run the search; of the study only the part that it needs is expanded."""
    part = study.load(args.config, Part(args.task))
    asked = (args.task, args.method)
    search = next((s for s in part.searches if (s.task, s.method) == asked), None)
    if search is None:
        raise Refused(f"{args.config}: {args.method} on {args.task} has no search")
    if args.key and args.key != search.key:
        raise Refused(f"key {args.key} is stale: {args.config} now gives {search.key}")
    from brainside.jobs.search import run

    search = search.under(jobs.root_of(search, args.output))
    with alone(search.key) as waited:
        if not (waited and search.done):
            run(search)
    jobs.report(f"{part.name}: {args.method} on {args.task} searched")
