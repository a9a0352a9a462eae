"""List the files in results/ that no sweep of a study's config names any more, or remove them."""

import argparse

from brainside.cli import arguments
from brainside.study import study

EXAMPLES = """\
  brainside superseded config/quick
  brainside superseded config/quick --remove
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, and whether to remove."""
    arguments.study(parser)
    parser.add_argument("--remove", action="store_true", help="delete them")


def main(args: argparse.Namespace) -> None:
    """List, and remove when asked."""
    from brainside.archive.superseded import remove, superseded

    files = superseded(study.load(args.config))
    for path in files:
        print(path)
    if args.remove:
        remove(files)
    print(f"{len(files)} superseded files{' removed' if args.remove else ''}")
