"""Bring the gallery that DVC's remote carries up to date with the checkpoints at hand."""

import argparse
from pathlib import Path

from brainside import study
from brainside.manifest import GALLERY

EXAMPLES = "  brainside gallery config/paper.yaml\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path)


def main(args: argparse.Namespace) -> None:
    """Write results/gallery/<study>/."""
    from brainside import archive

    whole = study.load(args.config)
    size = archive.write_gallery(whole)
    print(f"{len(archive.gallery(whole))} checkpoints, {size / 1e6:.1f} MB, in {GALLERY}")
