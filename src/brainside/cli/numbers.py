"""Turn a study's tables into the TeX definitions and tables that the report reads."""

import argparse
from pathlib import Path

from brainside.study import study

EXAMPLES = "  brainside numbers config/paper.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write paper/generated/<study>/."""
    from brainside.base.files import write_whole
    from brainside.report.tex import numbers

    for path, text in numbers.files(study.load(args.config)).items():
        write_whole(path, text.encode())
