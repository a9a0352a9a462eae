"""Bring the gallery that DVC's remote carries up to date with the checkpoints at hand."""

import argparse

from brainside.base.paths import GALLERY
from brainside.cli import arguments
from brainside.study import study

EXAMPLES = "  brainside gallery config/paper\n"
add_arguments = arguments.study


def main(args: argparse.Namespace) -> None:
    """Write results/gallery/<study>/."""
    from brainside.archive.gallery import gallery, write_gallery

    whole = study.load_archived(args.config)
    size = write_gallery(whole)
    print(f"{len(gallery(whole))} checkpoints, {size / 1e6:.1f} MB, in {GALLERY}")
