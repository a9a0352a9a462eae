"""Bring the gallery that DVC's remote carries up to date with the checkpoints at hand."""

import argparse
from pathlib import Path

from brainside.base.paths import GALLERY
from brainside.study import study

EXAMPLES = "  brainside gallery config/paper\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path, help="the study's folder")


def main(args: argparse.Namespace) -> None:
    """Write results/gallery/<study>/."""
    from brainside.archive.gallery import gallery, write_gallery

    whole = study.load_archived(args.config)
    size = write_gallery(whole)
    print(f"{len(gallery(whole))} checkpoints, {size / 1e6:.1f} MB, in {GALLERY}")
