"""What a check of a claim finds."""

from collections.abc import Sequence
from dataclasses import dataclass

from brainside.analysis import statistics, verdicts
from brainside.analysis.statistics import Interval
from brainside.analysis.verdicts import Decision, above, below
from brainside.analysis.wording import points


@dataclass(frozen=True)
class Finding:
    """What a check decides, its estimate with a 95 % interval, and what it says in words.

    `estimate` is the mean over the tasks where there are several. `detectable` is the smallest
    effect that the check would find in four of five studies, without Holm's correction.
    """

    decision: Decision
    estimate: Interval
    detectable: float
    words: str


def less_than(bound: float, estimate: Interval, words: str) -> Finding:
    """That an estimate lies below a bound."""
    decision = Decision(below(estimate, bound), above(estimate, bound))
    return Finding(decision, estimate, statistics.detectable(estimate), words)


def compared(differences: Sequence[Interval], decision: Decision, words: str) -> Finding:
    """A finding of differences by task; over several, the mean is told and takes no part."""
    total = statistics.mean_of(differences)
    if len(differences) > 1:
        words += f"; mean {points(total)}"
    detectable = verdicts.of_most([statistics.detectable(d) for d in differences])
    return Finding(decision, total, detectable, words)
