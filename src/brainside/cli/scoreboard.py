"""Write the claims' scoreboard into the README, and copy the figure that it shows."""

import argparse
from pathlib import Path

from brainside.study import study

EXAMPLES = "  brainside scoreboard config/paper\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write README.md and results/error_by_budget.png."""
    from brainside.base.files import read_whole, write_whole
    from brainside.report import readme

    whole = study.load(args.config)
    write_whole(readme.README, readme.readme(whole).encode())
    write_whole(readme.PICTURE, read_whole(readme.picture(whole)))
