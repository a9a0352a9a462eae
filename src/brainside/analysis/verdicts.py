"""From estimates to verdicts: p-values, Holm's correction, several tasks, several checks.

All p-values are two-sided, so that one is below LEVEL where the bound lies outside the 95 %
interval. docs/statistics.md says why the rules are what they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainside.analysis import variance
from brainside.analysis.statistics import Interval, fisher

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
MIXED, UNDECIDED = "mixed", "undecided"
LEVEL = 0.05  # a p-value below it decides
OPEN = 1.0  # the p-value of what the estimate does not point to


@dataclass(frozen=True)
class Decision:
    """The p-values of the three things that a check can find: it holds, it fails, it is mixed."""

    holds: float
    fails: float
    mixed: float = OPEN

    @property
    def verdict(self) -> str:
        """Mixed, reproduced or not reproduced, in this order the first with a p-value below LEVEL.

        Undecided if none is. A gain that is certain and certainly below the margin holds.
        """
        found = ((MIXED, self.mixed), (REPRODUCED, self.holds), (NOT_REPRODUCED, self.fails))
        return next((verdict for verdict, p in found if p < LEVEL), UNDECIDED)

    @property
    def p(self) -> float:
        """The p-value of the verdict; for an undecided one the smallest of the three."""
        return {
            MIXED: self.mixed, REPRODUCED: self.holds, NOT_REPRODUCED: self.fails,
            UNDECIDED: min(self.mixed, self.holds, self.fails),
        }[self.verdict]  # fmt: skip


def p_value(estimate: Interval, bound: float) -> float:
    """Two-sided p-value of the hypothesis that the true value is the bound.

    OPEN for an estimate without an interval (one seed).
    """
    if estimate.variance is None:
        return OPEN
    return variance.p_value(estimate.variance, abs(estimate.mean - bound))


def below(estimate: Interval, bound: float) -> float:
    """The p-value of an estimate that lies below the bound; OPEN for one that does not."""
    return p_value(estimate, bound) if estimate.mean < bound else OPEN


def above(estimate: Interval, bound: float) -> float:
    """The p-value of an estimate that lies above the bound; OPEN for one that does not."""
    return p_value(estimate, bound) if estimate.mean > bound else OPEN


def correlation_above(correlation: Interval, bound: float) -> Decision:
    """Whether a rank correlation is above a bound, or below, on the scale of Fisher's interval."""
    transformed, limit = fisher(correlation), float(np.arctanh(bound))
    return Decision(above(transformed, limit), below(transformed, limit))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: the k-th smallest of m times m − k + 1 (Holm 1979).

    Deciding by those below LEVEL errs in any of the m with a probability of at most LEVEL.
    """
    adjusted, running = list(p_values), 0.0
    for rank, at in enumerate(np.argsort(p_values, kind="stable")):
        running = max(running, min(1.0, (len(adjusted) - rank) * p_values[at]))
        adjusted[at] = running
    return adjusted


def less(differences: Sequence[Interval], margins: Sequence[float]) -> Decision:
    """Whether a method errs less than another on most of the tasks, from a difference for each.

    On a task the claim holds below zero, and fails where the gain is below the task's margin.
    """
    return _on_most(differences, [0.0] * len(differences), [-margin for margin in margins])


def no_more(differences: Sequence[Interval], margins: Sequence[float]) -> Decision:
    """Whether a method errs no more than another by the margin on most of the tasks.

    On a task the claim holds below the margin and fails above it. For one task this is the mirror
    image of `less`: that A errs less than B fails where B errs no more than A by the margin.
    """
    return _on_most(differences, margins, margins)


def _on_most(
    differences: Sequence[Interval], good: Sequence[float], bad: Sequence[float]
) -> Decision:
    """One decision for several tasks, with a bound below which each is good, and above which bad.

    p-values are adjusted by Holm over the tasks. The claim
    - is mixed where one task lies below its good bound and another above its own;
    - holds where more than half of the tasks lie below it (and none above, or it is mixed);
    - fails where a task lies above it and none below, or where more than half lie above their bad
      bound without lying below the good one.
    For one task: it holds below the good bound, and fails above the bad one.
    """
    pairs = list(zip(differences, good, strict=True))
    sides = list(zip(holm([p_value(d, bound) for d, bound in pairs]), pairs, strict=True))
    gains = [p if d.mean < bound else OPEN for p, (d, bound) in sides]
    losses = [p if d.mean > bound else OPEN for p, (d, bound) in sides]
    missed = holm([above(d, bound) for d, bound in zip(differences, bad, strict=True)])
    missed = [OPEN if gain < LEVEL else p for p, gain in zip(missed, gains, strict=True)]
    return Decision(
        holds=of_most(gains),
        fails=min(*losses, of_most(missed)),
        mixed=max(min(gains), min(losses)),
    )


def of_most(values: Sequence[float]) -> float:
    """The upper median: more than half of the values do not exceed it; NaN counts as infinite."""
    return float(np.sort(values)[len(values) // 2])


def signs(differences: Sequence[Interval], bounds: Sequence[float]) -> tuple[int, int]:
    """How many differences lie below their bound, and how many above, after Holm."""
    pairs = list(zip(differences, bounds, strict=True))
    adjusted = holm([p_value(d, bound) for d, bound in pairs])
    sure = [(d, bound) for p, (d, bound) in zip(adjusted, pairs, strict=True) if p < LEVEL]
    under = sum(d.mean < bound for d, bound in sure)
    return under, len(sure) - under


def all_hold(decisions: Sequence[Decision]) -> Decision:
    """One decision for a claim of several checks: all must hold, and one that fails refutes it.

    The p-values of failing and of mixed checks are adjusted by Holm, as one of them is enough.
    """
    if len(decisions) == 1:
        return decisions[0]
    fails = holm([OPEN if d.holds < LEVEL else d.fails for d in decisions])
    mixed = OPEN if min(fails) < LEVEL else min(holm([d.mixed for d in decisions]))
    return Decision(max(d.holds for d in decisions), min(fails), mixed)
