"""How far a normal estimate may lie from the truth, as mean squares of few seeds tell it.

With two to five seeds their mean square is by luck much too small or too large. An effective number
of degrees of freedom (Satterthwaite 1946) is then off in the same direction, and the tails, which a
correction for many claims needs, are too light. Generalised inference (Tsui and Weerahandi 1989,
Weerahandi 1993) keeps that uncertainty: a mean square M with ν degrees of freedom stands for every
M ν/χ², with χ² of ν degrees of freedom. docs/statistics.md has the errors of both in simulations.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import special  # scipy.stats takes ten times as long to import, in every command

STEPS = 200  # of the quadrature over ln χ², which agrees with Student's tails to nine digits
LOWEST = -80.0  # below this ln χ² lies a chance of 1e-17 with one degree of freedom


class Variance(NamedTuple):
    """The variance max(`seeds` · `freedom`/χ², `least`) + `rest`, with χ² of `freedom` degrees.

    `seeds` is what a mean square says, `least` what it cannot be below in truth, and `rest` is
    known well. Without the last two an estimate over its standard error has Student's distribution.
    """

    seeds: float
    freedom: float
    least: float = 0.0
    rest: float = 0.0

    @property
    def total(self) -> float:
        """The estimated variance."""
        return max(self.seeds, self.least) + self.rest

    @property
    def effective_freedom(self) -> float:
        """Satterthwaite's degrees of freedom of the total, for estimates of which it is a part."""
        uncertain = max(self.seeds, self.least)
        return self.freedom * (self.total / uncertain) ** 2 if uncertain else np.inf


def p_value(variance: Variance, distance: float) -> float:
    """Two-sided p-value of an estimate that lies so far from a hypothesis; 1 without a distance."""
    if distance == 0 or variance.total == 0:
        return float(distance == 0)
    if _is_students(variance):
        return float(2 * special.stdtr(variance.freedom, -distance / np.sqrt(variance.total)))
    variances, weights = _distribution(variance)
    return float(weights @ (2 * special.ndtr(-distance / np.sqrt(variances))))


def half_width(variance: Variance, level: float) -> float:
    """Half the width of the interval of that level: the distance whose p-value is 1 − level."""
    if variance.total == 0 or _is_students(variance):
        return float(special.stdtrit(variance.freedom, (1 + level) / 2) * np.sqrt(variance.total))
    variances, weights = _distribution(variance)
    errors = np.sqrt(variances)
    distance = 0.0
    # Newton's steps: the p-value is convex in the distance, so that none goes too far.
    for _ in range(100):
        above = weights @ (2 * special.ndtr(-distance / errors)) - (1 - level)
        slope = weights @ (np.exp(-0.5 * (distance / errors) ** 2) / errors)
        step = float(above / (slope * np.sqrt(2 / np.pi)))
        distance += step
        if step <= 1e-12 * distance:
            break
    return distance


def _is_students(variance: Variance) -> bool:
    return variance.least == 0 and variance.rest == 0


def _distribution(variance: Variance) -> tuple[np.ndarray, np.ndarray]:
    """Values of the variance and their chances, both (STEPS + 1,): the last is that of `least`."""
    half = variance.freedom / 2
    highest = np.log(200 + 4 * variance.freedom)  # above it lies a chance of 1e-30
    if variance.least > 0:
        with np.errstate(divide="ignore"):  # seeds that do not vary at all
            bound = np.log(variance.seeds * variance.freedom / variance.least)
        highest = min(highest, max(bound, LOWEST))
    nodes, parts = _legendre()
    logarithms = LOWEST + (highest - LOWEST) * nodes
    density = half * (logarithms - np.log(2)) - np.exp(logarithms) / 2 - special.gammaln(half)
    chances = (highest - LOWEST) * parts * np.exp(density)
    of_seeds = variance.seeds * variance.freedom * np.exp(-logarithms)
    variances = np.maximum(of_seeds, variance.least) + variance.rest
    at_least = special.chdtrc(variance.freedom, np.exp(highest))
    return (np.append(variances, variance.least + variance.rest), np.append(chances, at_least))


@cache
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights (STEPS,) of Gauss and Legendre on the unit interval."""
    nodes, weights = np.polynomial.legendre.leggauss(STEPS)
    return (nodes + 1) / 2, weights / 2
