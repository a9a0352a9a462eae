"""Draw one figure of a study from its tables, as PDF and PNG."""

import argparse
import importlib
from pathlib import Path

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study import study
from brainside.study.figures import drawer

EXAMPLES = "  brainside figure config/quick error_by_budget\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study and figure."""
    parser.add_argument("config", type=Path, help="the study's folder")
    parser.add_argument("name", help="a figure of the config")


def main(args: argparse.Namespace) -> None:
    """Write results/figures/<study>/<name>.pdf and .png."""
    whole = study.load(args.config)
    figures = whole.config["figures"]
    if args.name not in figures:
        raise Refused(f"{args.config}: no figure {args.name!r}; {', '.join(figures)}")
    entry = figures[args.name]
    module = f"brainside.report.figures.{drawer(whole, args.name).stem}"
    from brainside.report.figures import selection
    from brainside.report.figures.shared import style

    tables = selection.of_figure(whole, args.name)
    drawn = importlib.import_module(module).draw(tables, **entry.get("options", {}))
    style.stamp(drawn, selection.made_of(whole, args.name))
    for ending in paths.ENDINGS:
        style.save(
            drawn, paths.filled(paths.FIGURE, study=whole.name, figure=args.name, ending=ending)
        )
