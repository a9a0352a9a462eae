"""Means, intervals and paired comparisons, computed in this one place."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special  # scipy.stats takes ten times as long to import, in every command

from brainside.analysis.variance import Variance, half_width

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval and variance; `n` seeds, `sd` between them.

    One seed has no interval, no sd (all NaN) and no variance.
    """

    mean: float
    low: float
    high: float
    sd: float
    n: int
    variance: Variance | None = None


def interval(values: np.ndarray) -> Interval:
    """Mean of values (n,) with Student's interval; the ends are NaN for fewer than two."""
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(mean, np.nan, np.nan, np.nan, n)
    sd = float(np.std(values, ddof=1))
    return estimated(mean, Variance(sd**2 / n, n - 1), sd, n)


def estimated(mean: float, variance: Variance, sd: float, n: int) -> Interval:
    """An estimate with the interval that its variance gives."""
    half = half_width(variance, LEVEL)
    return Interval(mean, mean - half, mean + half, sd, n, variance)


def paired_difference(first: np.ndarray, second: np.ndarray) -> Interval:
    """Mean difference of error, first minus second, from mistakes (seeds, images), paired.

    Seeds and test images are crossed samples: every seed is tried on every image. With the mean
    squares S of seeds, I of images and E of their interaction, the variance of the mean over n
    seeds and N images is estimated without bias by (S + I − E)/(nN); as no component is below zero
    it is here (max(S, E) + max(I, E) − E)/(nN). That S comes from few seeds is in `Variance`; I and
    E come from thousands of images and are taken as known. docs/statistics.md has the coverage and
    the family-wise error in simulations.
    """
    differences = first.astype(float) - second.astype(float)
    n, images = differences.shape
    mean = float(differences.mean())
    if n < 2:
        return Interval(mean, np.nan, np.nan, np.nan, n)
    sd = float(differences.mean(1).std(ddof=1))
    return estimated(mean, crossed(mean_squares(differences), n, images), sd, n)


def crossed(squares: np.ndarray, n: int, images: int) -> Variance:
    """The variance of a mean over n seeds and images that are crossed, from their mean squares."""
    of_seeds, of_images, both = squares / (n * images)
    return Variance(of_seeds, n - 1, least=both, rest=max(of_images - both, 0.0))


def with_sampling(errors: np.ndarray, images: int) -> Interval:
    """Mean of networks' errors (n,) on the same test images, for other seeds and other images.

    Where only errors are known and not mistakes, test images are taken to be independent: their
    variance e(1 − e)/N is added to that between seeds, which contains it already, so that the
    interval is conservative.
    """
    found = interval(errors)
    if found.variance is None:
        return found
    variance = found.variance._replace(rest=found.mean * (1 - found.mean) / images)
    return estimated(found.mean, variance, found.sd, found.n)


def mean_squares(values: np.ndarray) -> np.ndarray:
    """Mean squares (3,) of rows, columns and their interaction in values (n, N).

    Where rows, columns and cells have the variances A, B and C, they estimate C + N A,
    C + n B and C.
    """
    n, columns = values.shape
    mean, by_row, by_column = values.mean(), values.mean(1), values.mean(0)
    rest = values - by_row[:, None] - by_column + mean
    freedoms = np.array([n - 1, columns - 1, (n - 1) * (columns - 1)])
    sums = [columns * ((by_row - mean) ** 2).sum(), n * ((by_column - mean) ** 2).sum()]
    return np.array([*sums, (rest**2).sum()]) / freedoms


def mean_of(estimates: Sequence[Interval]) -> Interval:
    """The mean of independent estimates (of several tasks), with Satterthwaite's freedom.

    Raises ValueError if there is none.
    """
    if not estimates:
        raise ValueError("there is no estimate to average")
    if len(estimates) == 1:
        return estimates[0]
    n, mean = min(e.n for e in estimates), float(np.mean([e.mean for e in estimates]))
    variances = [e.variance for e in estimates if e.variance is not None]
    if len(variances) < len(estimates):  # of one seed nothing can be said
        return Interval(mean, np.nan, np.nan, np.nan, n)
    parts = np.array([variance.total for variance in variances])
    if parts.sum() == 0:
        return estimated(mean, variances[0], np.nan, n)
    freedoms = np.array([variance.effective_freedom for variance in variances])
    freedom = float(parts.sum() ** 2 / (parts**2 / freedoms).sum())
    return estimated(mean, Variance(parts.sum() / len(parts) ** 2, freedom), np.nan, n)


def detectable(estimate: Interval) -> float:
    """The smallest effect with a power of 80 %: four of five studies find it, at 95 % confidence.

    Half the interval, and the standard error times Student's 80 % point; NaN without an interval.
    """
    variance = estimate.variance
    if variance is None:
        return np.nan
    more = float(special.stdtrit(variance.effective_freedom, 0.8) * np.sqrt(variance.total))
    return half_width(variance, LEVEL) + more


def rank_correlation(
    first: np.ndarray, second: np.ndarray, within: Sequence[Hashable] | np.ndarray | None = None
) -> Interval:
    """Spearman's ρ of two columns (n,), with the interval of Fisher's transformation.

    With labels `within` (n,), ranks are those within a label: for equally large groups without
    ties this is the mean of the groups' ρ. Each group but one takes a degree of freedom, as the
    covariates of a partial correlation do. (Averaging the groups' transformed ρ would not work: a
    small group that is ranked perfectly has an infinite one.) In small groups ρ is a little low:
    0.62 for 8 normal values whose ρ is 0.68 in large ones.
    """
    n = len(first)
    groups = np.zeros(n) if within is None else np.asarray(within)
    labels = np.unique(groups, return_inverse=True)[1]
    x, y = (_centred_ranks(np.asarray(column), labels) for column in (first, second))
    spread = float(np.sqrt((x**2).sum() * (y**2).sum()))
    rho = float((x * y).sum()) / spread if spread else np.nan
    free = n - len(set(labels)) - 2
    if free < 1:
        return Interval(rho, np.nan, np.nan, np.nan, n)
    # 1.06: the variance of ranks' correlation is larger than of values' (Fieller et al. 1957).
    half = float(special.ndtri((1 + LEVEL) / 2)) * np.sqrt(1.06 / free)
    centre = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
    low, high = np.tanh([centre - half, centre + half])
    return Interval(rho, float(low), float(high), np.nan, n)


def fisher(correlation: Interval) -> Interval:
    """A correlation of `rank_correlation` on Fisher's scale, where it is about normal."""
    low, high = np.arctanh([correlation.low, correlation.high])
    centre, half = float(low + high) / 2, float(high - low) / 2
    error = half / float(special.ndtri((1 + LEVEL) / 2))
    variance = None if np.isnan(error) else Variance(error**2, np.inf)
    return Interval(centre, float(low), float(high), np.nan, correlation.n, variance)


def _centred_ranks(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Ranks of values (n,) among those of the same label (n,), less their mean."""
    ranks = np.empty(len(values))
    for label in set(labels):
        of_label = pd.Series(values[labels == label]).rank().to_numpy()
        ranks[labels == label] = of_label - of_label.mean()
    return ranks


def share_below(wrong: int, checked: int) -> float:
    """Upper end of the one-sided 95 % interval of a proportion (Clopper and Pearson 1934).

    With none wrong of k it is 1 − 0.05^(1/k).
    """
    if wrong == checked:
        return 1.0
    return float(special.betaincinv(wrong + 1, checked - wrong, LEVEL))


def no_worse(difference: Interval, margin: float) -> bool:
    """Whether the interval's upper end is under the margin (both fractions)."""
    return bool(difference.high < margin)


def worse(difference: Interval) -> bool:
    """Whether the interval lies above zero, by however little."""
    return bool(difference.low > 0)
