"""Draw one figure of a study from its tables, as PDF and PNG."""

import argparse
import importlib
from importlib.util import find_spec
from pathlib import Path

from brainside import study
from brainside.errors import Refused

EXAMPLES = "  brainside figure config/quick.yaml error_by_budget\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study and figure."""
    parser.add_argument("config", type=Path)
    parser.add_argument("name", help="a file of src/brainside/figures that the config lists")


def main(args: argparse.Namespace) -> None:
    """Write results/figures/<study>/<name>.pdf and .png."""
    whole = study.load(args.config)
    if args.name not in whole.config["figures"]:
        raise Refused(
            f"{args.config}: no figure {args.name!r}; {', '.join(whole.config['figures'])}"
        )
    if find_spec(f"brainside.figures.{args.name}") is None:
        raise Refused(f"src/brainside/figures/{args.name}.py is missing; {args.config} lists it")
    from brainside.figures import style, tables

    drawn = importlib.import_module(f"brainside.figures.{args.name}").draw(tables.read(whole))
    for ending in ("pdf", "png"):
        style.save(drawn, Path("results/figures") / whole.name / f"{args.name}.{ending}")
