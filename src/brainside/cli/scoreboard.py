"""Write the claims' scoreboard into the README, and copy the figure that it shows."""

import argparse
from pathlib import Path

from brainside import study

EXAMPLES = "  brainside scoreboard config/paper.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write README.md and results/error_by_budget.png."""
    from brainside import scoreboard
    from brainside.files import read_whole, write_whole

    whole = study.load(args.config)
    write_whole(scoreboard.README, scoreboard.readme(whole).encode())
    write_whole(scoreboard.PICTURE, read_whole(scoreboard.picture(whole)))
