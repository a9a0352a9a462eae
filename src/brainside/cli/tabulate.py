"""Make a study's tables from the records that exist: rows, summary, comparisons."""

import argparse
from pathlib import Path

from brainside.study import study

EXAMPLES = "  brainside tabulate config/quick.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write results/tables/<study>/."""
    from brainside.analysis import tables
    from brainside.base.files import write_whole

    for path, text in tables.files(study.load(args.config)).items():
        write_whole(path, text.encode())
