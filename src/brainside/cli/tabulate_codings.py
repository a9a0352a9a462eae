"""Make the tables of a study's codings: means, layers, and codecs at equal error."""

import argparse

from brainside.cli import arguments, generated

EXAMPLES = "  brainside tabulate_codings config/quick\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write codings.csv, layers.csv and matched.csv into results/tables/<study>/."""
    from brainside.analysis import coding_tables

    generated.write(coding_tables.files, args)
