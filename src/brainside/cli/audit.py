"""Check that records, tables, numbers and checkpoints follow from the configs."""

import argparse
import math
import secrets
import sys
from collections.abc import Callable, Collection, Iterable

from brainside.base.errors import Refused
from brainside.cli import arguments
from brainside.study import study
from brainside.study.costs import left
from brainside.study.sweeps import Sweep
from brainside.study.workflow import SAMPLE

LIMIT = (
    "a forgery that agrees in records, checkpoints, manifest and all that is made of them "
    "would not be seen: only retraining tells"
)
OF_RETRAINING = ("sample", "fraction", "minutes", "only", "seed")
EXAMPLES = """\
  brainside audit
  brainside audit --decode      evaluate every checkpoint at hand as well (minutes)
  brainside audit --retrain     train five random sweeps again as well, and compare (up to hours)
  brainside audit --retrain --fraction 1 --cores 8
  brainside audit --retrain --minutes 240    draw until their committed costs are 4 hours
  brainside audit --retrain --only mnist/mlp1000/magnitude-l2/0
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to decode, whether to retrain, and what."""
    parser.add_argument("--decode", action="store_true", help="evaluate what is at hand again")
    parser.add_argument("--typed", action="store_true", help="print the numbers typed in the text")
    parser.add_argument("--retrain", action="store_true", help="train again, and compare")
    drawn = parser.add_mutually_exclusive_group()
    drawn.add_argument("--sample", type=int, help="how many sweeps to retrain (default: 5)")
    drawn.add_argument("--fraction", type=float, help="of the archive, instead of a number")
    drawn.add_argument("--minutes", type=float, help="of processor time, instead of a number")
    drawn.add_argument("--only", metavar="TASK/METHOD/SEED", help="this sweep, not drawn ones")
    parser.add_argument("--seed", type=int, help="of the draw; a new one where none is given")
    parser.add_argument("--cores", type=int, default=1, help="to retrain on (default: 1)")
    arguments.workflow(parser)


def main(args: argparse.Namespace) -> None:
    """Audit the studies of the workflow; exit status 1 when anything is wrong."""
    from brainside.audit import logged, typed

    if args.typed:
        print(typed.listed(), end="")
        return
    _check(args)
    studies = study.load_all(args.workflow)
    archived = [whole for whole in studies if not whole.live]
    wrong = sum(_audited(whole, args.decode) for whole in studies)
    if args.decode:
        from brainside.report import notebooks

        wrong += _told(notebooks.again())
    if args.retrain:
        wrong += sum(_retrain(whole, args) for whole in archived)
    for whole in archived:
        print(logged.proven(whole))
    print(f"audit: {wrong} findings; {LIMIT}" if wrong else f"audit: nothing wrong; {LIMIT}")
    sys.exit(1 if wrong else 0)


def _check(args: argparse.Namespace) -> None:
    """Refuse numbers that are out of range, and options that would change nothing."""
    for option in OF_RETRAINING:
        if getattr(args, option) is not None and not args.retrain:
            raise Refused(f"--{option} is about sweeps to retrain; write --retrain, too")
    if args.cores < 1 or args.sample is not None and args.sample < 1:
        raise Refused("--cores and --sample are at least 1")
    if args.fraction is not None and not 0 < args.fraction <= 1:
        raise Refused(f"--fraction {args.fraction:g}: must be above 0, and 1 at most")
    if args.minutes is not None and not 0 < args.minutes < math.inf:
        raise Refused(f"--minutes {args.minutes:g}: must be above 0")


def _audited(whole: study.Study, decode: bool) -> int:
    """Print the findings of one study, and return how many there are."""
    from brainside.audit import consistency, decoding

    if whole.live and not whole.recorded():
        print(f"{whole.name}: not run yet on this machine")
        return 0
    findings = list(consistency.audit(whole, archived=not whole.live))
    for finding in findings:
        print(finding)
    wrong = len(findings) + (_told(decoding.decode(whole)) if decode else 0)
    return wrong + _said(lambda: f"{consistency.counts(whole)}; {left(whole)}", findings)


def _said(line: Callable[[], str], findings: Collection[str]) -> int:
    """Print a line, or why there is none: 1 where that is a finding which was not printed yet."""
    try:
        print(line())
    except Refused as refusal:
        if str(refusal) not in findings:
            print(refusal)
            return 1
    return 0


def _told(checks: Iterable[tuple[str, bool]]) -> int:
    """Print each check's line, and return how many of them do not agree."""
    wrong = 0
    for text, agrees in checks:
        print(text if agrees else f"{text}: DIFFERS")
        wrong += not agrees
    return wrong


def _sample(whole: study.Study, args: argparse.Namespace, seed: int) -> list[Sweep]:
    """The sweeps that a seed draws: for some minutes, a share of the archive, or a number."""
    from brainside.audit import spotcheck

    if args.minutes is not None:
        return spotcheck.affordable(whole, args.minutes, seed)
    there = spotcheck.population(whole)
    count = math.ceil(args.fraction * len(there)) if args.fraction else args.sample or SAMPLE
    return spotcheck.drawn(there, count, seed)


def _retrain(whole: study.Study, args: argparse.Namespace) -> int:
    """Retrain a sample of the archive and say how each sweep of it came out."""
    from brainside.audit import spotcheck

    there = spotcheck.population(whole)
    if args.only:
        draw, sample = spotcheck.CHOSEN, [spotcheck.named(whole, args.only)]
    else:
        seed = secrets.randbelow(1 << 32) if args.seed is None else args.seed
        draw, sample = str(seed), _sample(whole, args, seed)
        print(f"retraining {len(sample)} of {len(there)} records, drawn with --seed {seed}")
    wrong = 0
    for row in spotcheck.check(whole, sample, draw, args.cores):
        print(spotcheck.described(row), flush=True)
        wrong += row["outcome"] not in (spotcheck.SAME, spotcheck.WITHIN)
    return wrong
