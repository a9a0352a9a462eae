"""Print what a study costs before anything runs, and which finished searches end at an edge."""

import argparse
from collections.abc import Iterator

from brainside.archive import edges
from brainside.base.errors import Refused
from brainside.cli import arguments
from brainside.study import costs, study, workflow
from brainside.study.schedule import schedule
from brainside.study.sweeps import Search, Trained

EXAMPLES = """\
  brainside plan config/paper
  brainside plan config/paper --cores 8
  brainside plan config/paper --nodes 4 --cores 16    also: the wall time, and what bounds it
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, and numbers of nodes and of cores."""
    arguments.study(parser)
    parser.add_argument("--cores", type=int, default=1, help="of each node (default: 1)")
    parser.add_argument("--nodes", type=int, default=1, help="of a cluster (default: 1)")


def main(args: argparse.Namespace) -> None:
    """Print the table, and below it wall times, and the searches with too narrow ranges."""
    for option in ("cores", "nodes"):
        if getattr(args, option) < 1:
            raise Refused(f"--{option} {getattr(args, option)}: there must be at least one")
    planned, cores = study.load(args.config), args.nodes * args.cores
    workflow.checked_jobs([planned])
    lines = [costs.table(planned), *_wall_times(planned, cores)]
    print("\n".join([*lines, *edges.summary(planned.searches)]))


def _wall_times(planned: study.Study, cores: int) -> Iterator[str]:
    """When all is done and when what is left is, and the jobs that no number of cores shortens."""
    jobs: list[Trained] = [*planned.everything, *planned.searches]
    for what, chosen in (("all of it", jobs), ("what is left", [j for j in jobs if not j.done])):
        if chosen:
            made = schedule(chosen, planned, cores)
            chain = ", ".join(map(_named, made.path))
            yield (
                f"{what}: {costs.clock(made.wall)} with {cores} cores; no less than "
                f"{costs.clock(made.path_seconds)} with any number, one after another: {chain}"
            )


def _named(job: Trained) -> str:
    return f"{job.task} {job.method}{' (search)' if isinstance(job, Search) else ''}"
