"""Turn a study's tables into the TeX definitions and tables that the report reads."""

import argparse

from brainside.cli import arguments, generated

EXAMPLES = "  brainside numbers config/paper\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write paper/generated/<study>/."""
    from brainside.report.tex import numbers

    generated.write(numbers.files, args)
