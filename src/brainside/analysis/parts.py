"""The estimates that a check decides by, each on the scale on which a reader sees it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brainside.analysis.statistics import Interval

POINTS, ABOVE_LIMIT = "points", "points above the limit"
TIMES, TIMES_LIMIT = "times", "times the limit in bytes"
PER_EDGE, CORRELATION = "times as many entries as edges", "rank correlation"
Band = tuple[float, float]  # from, to
YES, NO, OPEN = "holds", "fails", "open"


@dataclass(frozen=True)
class Part:
    """An estimate with its 95 % interval, and the bands that decide; all in `unit`.

    An interval that lies in one of the bands `good` speaks for the check, one in `bad` against it.
    Its ends are NaN for one seed. `name` tells the parts of a check apart.
    """

    name: str
    unit: str
    mean: float
    low: float
    high: float
    good: tuple[Band, ...]
    bad: tuple[Band, ...]

    @property
    def says(self) -> str:
        """Whether the check HOLDS by this part alone, without a correction for others."""
        for verdict, bands in ((YES, self.good), (NO, self.bad)):
            if any(start < self.low and self.high < end for start, end in bands):
                return verdict
        return OPEN


def part(
    estimate: Interval,
    good: tuple[Band, ...],
    bad: tuple[Band, ...],
    unit: str,
    scale: Callable[[float], float] = float,
    name: str = "",
) -> Part:
    """A part whose estimate and bands are brought to a scale, which is increasing."""
    mean, low, high = map(scale, (estimate.mean, estimate.low, estimate.high))
    bands = [tuple((scale(start), scale(end)) for start, end in side) for side in (good, bad)]
    return Part(name, unit, mean, low, high, bands[0], bands[1])


def below(
    bound: float,
    estimate: Interval,
    unit: str,
    scale: Callable[[float], float] = float,
    *,
    fails: float | None = None,
    name: str = "",
) -> Part:
    """A part that holds below a bound, and fails above it or above another one."""
    bad = bound if fails is None else fails
    return part(estimate, ((-np.inf, bound),), ((bad, np.inf),), unit, scale, name)


def points_above(limit: float = 0.0) -> Callable[[float], float]:
    """The scale of fractions in points, from a limit on."""
    return lambda fraction: 100 * (fraction - limit)
