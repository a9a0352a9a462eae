"""Arguments that several commands have, each declared once."""

import argparse
from pathlib import Path

from brainside.base import paths


def study(parser: argparse.ArgumentParser) -> None:
    """The study."""
    parser.add_argument("config", type=Path, help="the study's folder")


def task_and_method(parser: argparse.ArgumentParser) -> None:
    """The study, and one of its tasks and methods."""
    study(parser)
    parser.add_argument("task", help="data set and network: mnist/mlp1000")
    parser.add_argument("method", help="by its name in the config: magnitude-l2")


def job(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, and the key of the job (without one, any job that is possible)."""
    task_and_method(parser)
    parser.add_argument("--seed", type=int, required=True, help="one of the config's seeds")
    parser.add_argument("--key", help="refuse to run when the config gives no job of this key")


def output(parser: argparse.ArgumentParser) -> None:
    """Where the job's file is asked for."""
    text = "write the job's file below another folder, which mirrors this one and has the inputs"
    parser.add_argument("--output", type=Path, metavar="FILE", help=text)


def workflow(parser: argparse.ArgumentParser) -> None:
    """The file that lists the studies."""
    text = "file that lists the studies (%(default)s)"
    parser.add_argument("--workflow", type=Path, default=paths.WORKFLOW, help=text)
