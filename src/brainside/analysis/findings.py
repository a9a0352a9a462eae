"""What a check of a claim finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from brainside.analysis import parts, statistics, verdicts
from brainside.analysis.parts import Part
from brainside.analysis.statistics import Interval
from brainside.analysis.verdicts import Decision, above, below
from brainside.analysis.wording import names_of, points


@dataclass(frozen=True)
class Finding:
    """What a check decides, its estimate with a 95 % interval, and what it says in words.

    `estimate` is the mean over the tasks where there are several, and `parts` are what decides.
    `detectable` is the smallest effect that the check would find in four of five studies, without
    Holm's correction.
    """

    decision: Decision
    estimate: Interval
    detectable: float
    words: str
    parts: tuple[Part, ...]


def less_than(
    bound: float,
    estimate: Interval,
    words: str,
    unit: str = parts.TIMES,
    scale: Callable[[float], float] = np.exp,
) -> Finding:
    """That an estimate lies below a bound; one of a logarithm is shown as what it is of."""
    decision = Decision(below(estimate, bound), above(estimate, bound))
    part = parts.below(bound, estimate, unit, scale)
    return Finding(decision, estimate, statistics.detectable(estimate), words, (part,))


def less(
    tasks: Sequence[str], differences: Sequence[Interval], margins: Sequence[float], words: str
) -> Finding:
    """A finding of differences by task, by `verdicts.less`."""
    bounds = [(0.0, -margin) for margin in margins]
    return _compared(tasks, differences, bounds, verdicts.less(differences, margins), words)


def no_more(
    tasks: Sequence[str], differences: Sequence[Interval], margins: Sequence[float], words: str
) -> Finding:
    """A finding of differences by task, by `verdicts.no_more`."""
    bounds = [(margin, margin) for margin in margins]
    return _compared(tasks, differences, bounds, verdicts.no_more(differences, margins), words)


def _compared(
    tasks: Sequence[str],
    differences: Sequence[Interval],
    bounds: Sequence[tuple[float, float]],
    decision: Decision,
    words: str,
) -> Finding:
    """The finding of a decision; over several tasks, the mean is told and takes no part.

    `bounds` are by task the one below which it speaks for the claim, and the one above which it
    speaks against it.
    """
    total = statistics.mean_of(differences)
    several = len(differences) > 1
    if several:
        words += f"; mean {points(total)}"
    detectable = verdicts.of_most([statistics.detectable(d) for d in differences])
    by_task = tuple(
        parts.below(good, difference, parts.POINTS, parts.points_above(), fails=bad,
                    name=name if several else "")
        for name, difference, (good, bad) in zip(
            names_of(tasks), differences, bounds, strict=True)
    )  # fmt: skip
    return Finding(decision, total, detectable, words, by_task)
