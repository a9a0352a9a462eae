"""Means, intervals and paired comparisons, computed in this one place."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval; `n` seeds, `sd` between them (NaN for one)."""

    mean: float
    low: float
    high: float
    sd: float
    n: int


def interval(values: np.ndarray) -> Interval:
    """Mean of values (n,) with Student's interval; the ends are NaN for fewer than two."""
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(mean, np.nan, np.nan, np.nan, n)
    sd = float(np.std(values, ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * sd / np.sqrt(n)
    return Interval(mean, mean - half, mean + half, sd, n)


def paired_difference(first: np.ndarray, second: np.ndarray) -> Interval:
    """Mean difference of error, first minus second, from mistakes (seeds, images), paired.

    Seeds and test images are both samples: the variance is that between the seeds' differences
    over n, plus that between the images' mean differences over N (which contains a little of the
    first again, so the interval is on the wide side); degrees of freedom by Satterthwaite.
    """
    differences = first.astype(float) - second.astype(float)
    n, images = differences.shape
    mean = float(differences.mean())
    if n < 2:
        return Interval(mean, np.nan, np.nan, np.nan, n)
    sd = float(differences.mean(1).std(ddof=1))
    parts = np.array([sd**2 / n, differences.mean(0).var(ddof=1) / images])
    if parts.sum() == 0:
        return Interval(mean, mean, mean, sd, n)
    freedom = parts.sum() ** 2 / (parts**2 / np.array([n - 1, images - 1])).sum()
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(parts.sum()))
    return Interval(mean, mean - half, mean + half, sd, n)


def no_worse(difference: Interval, margin: float) -> bool:
    """Whether the interval's upper end is under the margin (both fractions)."""
    return bool(difference.high < margin)


def worse(difference: Interval) -> bool:
    """Whether the interval lies above zero."""
    return bool(difference.low > 0)
