"""Search a method's settings on validation data, with the same number of trials for all."""

import argparse
from pathlib import Path

from brainside.base.errors import Refused
from brainside.study import study
from brainside.study.costs import left

EXAMPLES = "  brainside search config/quick digits/mlp100 small-conv\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, and the key that is expected."""
    parser.add_argument("config", type=Path)
    parser.add_argument("task")
    parser.add_argument("method")
    parser.add_argument("--key", help="refuse to run when the config gives another key")


def main(args: argparse.Namespace) -> None:
    """Run the search."""
    whole = study.load(args.config)
    found = [t for t in whole.searches if (t.task, t.method) == (args.task, args.method)]
    if not found:
        raise Refused(f"{args.config}: {args.method} on {args.task} has nothing to tune")
    if args.key and args.key != found[0].key:
        raise Refused(f"key {args.key} is stale: {args.config} now gives {found[0].key}")
    from brainside.jobs.search import run

    run(found[0])
    print(f"{whole.name}: {args.method} on {args.task} tuned; {left(whole)}")
