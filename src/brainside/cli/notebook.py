"""Execute a notebook, and keep it without what differs from run to run."""

import argparse
from pathlib import Path

EXAMPLES = """\
  brainside notebook workflow/notebooks/questions.ipynb results/notebooks/questions.ipynb
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebook, and where to keep it executed."""
    parser.add_argument("notebook", type=Path, help="the notebook as it is written")
    parser.add_argument("kept", type=Path, help="where it is kept after it was executed")


def main(args: argparse.Namespace) -> None:
    """Write the kept notebook."""
    from brainside.base.files import write_whole
    from brainside.report import notebooks

    write_whole(args.kept, notebooks.execute(args.notebook))
