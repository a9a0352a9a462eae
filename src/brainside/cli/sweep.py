"""Train one method on one task and seed at all its budgets; write the record and checkpoints."""

import argparse
import time
from pathlib import Path

from brainside.base.errors import Refused
from brainside.cli import arguments, jobs
from brainside.study import study
from brainside.study.expansion import Part
from brainside.study.locks import alone
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

EXAMPLES = """\
  brainside sweep config/quick digits/mlp100 small-dense --seed 0
  brainside sweep config/quick digits/mlp100 small-dense --seed 0 --key 0123abcd
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Study, task, method, seed, key, and where the record is asked for."""
    arguments.job(parser)
    arguments.output(parser)


def main(args: argparse.Namespace) -> None:
    """Run the sweep; of the study only the part that it needs is expanded."""
    part = study.load(args.config, Part(args.task, args.seed))
    sweeps = part.find_all(args.task, args.method, args.seed)
    if args.key and args.key not in [sweep.key for sweep in sweeps]:
        raise Refused(f"key {args.key} is stale: {args.config} now gives {sweeps[0].key}")
    for sweep in sweeps:
        if args.key in (None, sweep.key):
            _run(part, sweep, jobs.root_of(sweep, args.output))


def _run(part: Study, sweep: Sweep, root: Path) -> None:
    from brainside.jobs.sweep import allowance, run

    for later in part.sweeps:  # its unreachable targets are refused before what it starts from
        if later.start and later.start.path == sweep.path:
            for budget in later.budgets:
                allowance(later, budget)
    start = time.monotonic()
    with alone(sweep.key):
        run(sweep.under(root))
    jobs.report(
        f"{sweep.study}: {sweep.task} {sweep.method} seed {sweep.seed} done in "
        f"{time.monotonic() - start:.0f} s"
    )
