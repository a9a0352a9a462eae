"""Make the archive of a release: what is committed, outputs, sums, and a Workflow Run RO-Crate."""

import argparse
from pathlib import Path

from brainside.study import study

EXAMPLES = "  brainside release config/paper\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path, help="the study's folder")


def main(args: argparse.Namespace) -> None:
    """Write release/brainside-VERSION.tar.gz and print its path."""
    from brainside.report.release import bundle, versions

    print(bundle.write(study.load(args.config), versions.version()))
