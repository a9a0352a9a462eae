"""Make a study's tables from the records that exist: rows, summary, comparisons."""

import argparse

from brainside.cli import arguments, generated

EXAMPLES = "  brainside tabulate config/quick\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write results/tables/<study>/."""
    from brainside.analysis import tables

    generated.write(tables.files, args)
