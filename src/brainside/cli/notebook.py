"""Keep an executed notebook without what differs from run to run; or execute one first."""

import argparse
from pathlib import Path

EXAMPLES = """\
  brainside notebook workflow/notebooks/questions.ipynb results/notebooks/questions.ipynb --execute
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebook, where to keep it, and whether it is still to be executed."""
    parser.add_argument("notebook", type=Path)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--execute", action="store_true")


def main(args: argparse.Namespace) -> None:
    """Write the kept notebook."""
    from brainside.base.files import write_whole
    from brainside.report import notebooks

    made = notebooks.execute if args.execute else lambda path: notebooks.tidy(notebooks.read(path))
    write_whole(args.kept, made(args.notebook))
