"""Enter new records of a study into the committed manifest of hashes."""

import argparse

from brainside.base.paths import MANIFEST
from brainside.cli import arguments
from brainside.study import study

EXAMPLES = """\
  brainside manifest config/paper
  brainside manifest config/paper --accept     also enter what changed or went
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, and whether changes are meant."""
    arguments.study(parser)
    parser.add_argument("--accept", action="store_true", help="enter what changed or went, too")


def main(args: argparse.Namespace) -> None:
    """Write results/manifest.csv."""
    from brainside.archive.manifest import write_manifest

    entered = write_manifest(study.load_archived(args.config), accept=args.accept)
    print(f"{len(entered)} files entered into {MANIFEST}")
