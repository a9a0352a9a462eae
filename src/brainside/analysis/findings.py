"""What a check of a claim finds."""

from dataclasses import dataclass

from brainside.analysis.statistics import Interval
from brainside.analysis.verdicts import Decision


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
