"""Make the tables of a study's codings: means, layers, and codecs at equal error."""

import argparse
from pathlib import Path

from brainside.study import study

EXAMPLES = "  brainside tabulate_codings config/quick.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write codings.csv, layers.csv and matched.csv into results/tables/<study>/."""
    from brainside.analysis import coding_tables
    from brainside.base.files import write_whole

    for path, text in coding_tables.files(study.load(args.config)).items():
        write_whole(path, text.encode())
