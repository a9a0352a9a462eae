"""Judge every claim of the papers by the records that exist."""

import argparse
from pathlib import Path

from brainside.study import study

EXAMPLES = "  brainside claims config/paper.yaml config/claims.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study and the claims."""
    parser.add_argument("config", type=Path)
    parser.add_argument("claims", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write results/tables/<study>/claims.csv."""
    from brainside.analysis import claims
    from brainside.base.files import write_whole

    for path, text in claims.files(study.load(args.config), args.claims).items():
        write_whole(path, text.encode())
