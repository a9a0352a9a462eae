"""Judge every claim of the papers by the records that exist."""

import argparse

from brainside.cli import arguments, generated

EXAMPLES = "  brainside claims config/paper\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write results/tables/<study>/claims.csv and metrics.json, if the study judges claims."""
    from brainside.analysis import claims

    generated.write(claims.files, args)
