"""Prepare a dataset: find or download its files, check them, write data/prepared/<name>.npz."""

import argparse
from pathlib import Path

from brainside.cli import jobs
from brainside.data.catalogue import entry
from brainside.data.preparation import prepare

EXAMPLES = "  brainside dataset mnist"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The dataset, and where its file is asked for."""
    parser.add_argument("name", help="a dataset of config/datasets.yaml, e.g. mnist or digits")
    parser.add_argument("--output", type=Path, metavar="FILE", help="instead of that file")


def main(args: argparse.Namespace) -> None:
    """Prepare the dataset and print its name, sizes, digest and path."""
    path = prepare(args.name, args.output)
    spec = entry(args.name)
    sizes = " + ".join(f"{size:,} {split}" for split, size in spec["sizes"].items())
    jobs.report(f"{args.name}: {sizes}, digest {spec['digest']}, {path}")
