"""Make the archive of a release: what is committed, outputs, sums, and a Workflow Run RO-Crate."""

import argparse

from brainside.cli import arguments
from brainside.study import study

EXAMPLES = "  brainside release config/paper\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write release/brainside-VERSION.tar.gz and print its path."""
    from brainside.report.release import bundle, versions

    print(bundle.write(study.load(args.config), versions.version()))
