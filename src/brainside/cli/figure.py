"""Draw figures of a study from its tables, each as PDF and PNG."""

import argparse
import importlib

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.cli import arguments
from brainside.study import study
from brainside.study.figures import check, drawer
from brainside.study.study import Study

EXAMPLES = """\
  brainside figure config/quick error_by_budget
  brainside figure config/quick error_by_budget error_by_size
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study and figures."""
    arguments.study(parser)
    parser.add_argument("names", nargs="+", metavar="name", help="a figure of the config")


def main(args: argparse.Namespace) -> None:
    """Write results/figures/<study>/<name>.pdf and .png of every name."""
    whole = study.load(args.config)
    figures = whole.config["figures"]
    if unknown := [name for name in args.names if name not in figures]:
        raise Refused(f"{args.config}: no figure {unknown[0]!r}; {', '.join(figures)}")
    check(whole, args.names)
    modules = {name: drawer(whole, name).stem for name in args.names}
    for name, module in modules.items():
        print(f"drawing {name}", flush=True)  # so that the log of many says which one failed
        _draw(whole, name, module)


def _draw(whole: Study, name: str, module: str) -> None:
    from brainside.report.figures import selection
    from brainside.report.figures.shared import style

    tables = selection.of_figure(whole, name)
    draw = importlib.import_module(f"brainside.report.figures.{module}").draw
    drawn = draw(tables, **whole.config["figures"][name].get("options", {}))
    style.stamp(drawn, selection.made_of(whole, name))
    for ending in paths.ENDINGS:
        style.save(drawn, paths.filled(paths.FIGURE, study=whole.name, figure=name, ending=ending))
