"""Write the README's scoreboard, the page of claims, and the figure that the README shows."""

import argparse

from brainside.cli import arguments
from brainside.study import study

EXAMPLES = "  brainside scoreboard config/paper\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write README.md, docs/claims.md and results/error_by_budget.png."""
    from brainside.base.files import read_whole, write_whole
    from brainside.report import readme

    judged = study.load_archived(args.config)
    for path, text in readme.files(judged).items():
        write_whole(path, text.encode())
    write_whole(readme.PICTURE, read_whole(readme.picture(judged)))
