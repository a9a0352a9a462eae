"""Intervals: against scipy and against the truth of simulations."""

import math

import numpy as np
import pytest
from helpers.variances import COMPARISONS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from scipy import stats

from brainside.analysis.statistics import (
    Interval,
    crossed,
    interval,
    mean_squares,
    no_worse,
    paired_difference,
    rank_correlation,
    share_below,
    with_sampling,
    worse,
)
from brainside.analysis.variance import p_value
from brainside.analysis.verdicts import holm

finite = st.floats(-1e3, 1e3, allow_subnormal=False)
mistakes = arrays_of.arrays(bool, st.tuples(st.integers(2, 4), st.integers(2, 20)))


@given(st.lists(finite, min_size=2, max_size=8).filter(lambda v: np.ptp(v) > 1e-3))
def test_the_interval_is_students(values):
    found = interval(np.array(values))
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert (found.mean, found.n) == (pytest.approx(np.mean(values)), len(values))


def test_the_interval_by_hand():
    found = interval(np.array([1.0, 2.0, 3.0]))
    half = 4.302652729911275 / math.sqrt(3)  # Student's 97.5 % point at two degrees of freedom
    assert (found.mean, found.sd, found.n) == (2.0, 1.0, 3)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))


def test_one_seed_has_a_mean_and_no_interval():
    for found in (interval(np.array([0.3])), paired_difference(np.eye(1, 9), np.zeros((1, 9)))):
        assert found.n == 1 and not math.isnan(found.mean)
        assert all(math.isnan(value) for value in (found.low, found.high, found.sd))
        assert not no_worse(found, 1.0) and not worse(found)


def simulated(random, *, seeds, images, gap, spread):
    """Mistakes of two methods whose true errors differ by `gap`, with seeds of different quality.

    An image's difficulty is shared by all seeds and both methods, so that pairing matters.
    """
    difficulty = random.beta(0.5, 4, size=images)  # mean 1/9
    drift = random.normal(0, spread, size=(seeds, 1))
    theirs = np.clip(difficulty, 0.001, 0.8)
    ours = theirs + gap + drift
    return random.random((seeds, images)) < ours, random.random((seeds, images)) < theirs


@pytest.mark.parametrize("spread", [0.0, 0.03], ids=["seeds alike", "seeds differ"])
@pytest.mark.parametrize("seeds", [3, 5])
def test_intervals_of_paired_differences_contain_the_truth_often_enough(seeds, spread):
    random, trials, gap = np.random.default_rng(seeds), 400, 0.1
    found = [
        paired_difference(*simulated(random, seeds=seeds, images=300, gap=gap, spread=spread))
        for _ in range(trials)
    ]
    covered = np.mean([one.low <= gap <= one.high for one in found])
    assert covered >= 0.93
    # It can fail to be useful as well: an interval that were always the whole range would pass.
    assert np.mean([worse(one) for one in found]) > 0.5


def drawn(random, parts, *, seeds, images):
    """Differences (seeds, images) whose mean is zero, with the given standard deviations."""
    of_seeds, of_images, both = parts
    rows = random.normal(0, of_seeds, size=(seeds, 1)) + random.normal(0, of_images, size=images)
    return rows + random.normal(0, both, size=(seeds, images))


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("name", COMPARISONS)
def test_intervals_cover_the_truth_with_the_variances_of_the_records(name, seeds):
    random, images, parts = np.random.default_rng(seeds), 10_000, COMPARISONS[name].parts
    none = np.zeros((seeds, images))
    found = [
        paired_difference(drawn(random, parts, seeds=seeds, images=images), none)
        for _ in range(300)
    ]
    assert 0.92 < np.mean([one.low <= 0 <= one.high for one in found])
    # The estimated variance is right in the mean; no component below zero adds a little.
    of_seeds, of_images, both = parts
    truth = of_seeds**2 / seeds + of_images**2 / images + both**2 / (seeds * images)
    assert 0.8 < np.mean([one.variance.total for one in found]) / truth < 1.4


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("name", COMPARISONS)
def test_families_of_claims_without_any_truth_err_once_in_twenty(name, seeds):
    random, images, parts = np.random.default_rng(seeds), 10_000, np.square(COMPARISONS[name].parts)
    families, claims, freedoms = 400, 8, (seeds - 1, images - 1, (seeds - 1) * (images - 1))
    # What mean squares are expected to be, and with them the variance of the mean.
    expected = parts[2] + np.array([images * parts[0], seeds * parts[1], 0])
    spread = np.sqrt((expected[0] + expected[1] - expected[2]) / (seeds * images))
    squares = expected * random.chisquare(freedoms, (families, claims, 3)) / freedoms
    means = random.normal(0, spread, (families, claims))
    p = [
        [p_value(crossed(found, seeds, images), abs(mean)) for mean, found in zip(*of, strict=True)]
        for of in zip(means, squares, strict=True)
    ]
    wrong = np.mean([min(holm(of)) < 0.05 for of in p])
    assert wrong < 0.08  # 0.05, and what 400 families leave to chance


def test_mean_squares_by_hand():
    squares = mean_squares(np.array([[1.0, 2, 3], [3, 4, 8]]))
    assert squares == pytest.approx([13.5, 6.5, 1.5])


def test_of_seeds_that_vary_less_than_chance_nothing_is_subtracted():
    ours = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0]])  # equal means: all is interaction and images
    found = paired_difference(ours, np.zeros((2, 4)))
    _, images, both = mean_squares(ours)
    assert found.variance.total == pytest.approx(max(images, both) / 8)


@given(mistakes, st.randoms(use_true_random=False))
def test_swapping_the_two_methods_turns_the_interval_round(first, random):
    second = np.array(random.choices([False, True], k=first.size)).reshape(first.shape)
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert (one.mean, one.low, one.high) == pytest.approx((-other.mean, -other.high, -other.low))
    assert one.low <= one.mean <= one.high
    assert one.mean == pytest.approx(first.mean() - second.mean(), abs=1e-12)


@given(mistakes)
def test_a_method_does_not_differ_from_itself(wrong):
    found = paired_difference(wrong, wrong)
    assert (found.mean, found.low, found.high) == (0, 0, 0)
    assert no_worse(found, 1e-9) and not worse(found)


def test_seeds_that_all_agree_still_leave_the_sampling_of_the_images():
    ours, theirs = np.zeros((3, 100), bool), np.zeros((3, 100), bool)
    ours[:, :5] = True
    found = paired_difference(ours, theirs)
    assert found.sd == pytest.approx(0, abs=1e-15)
    half = stats.norm.ppf(0.975) * np.std(ours[0], ddof=1) / 10
    assert (found.low, found.high) == pytest.approx((0.05 - half, 0.05 + half))


@pytest.mark.parametrize(("low", "high", "fine", "bad"), [
    (-0.001, 0.0019, True, False), (-0.001, 0.002, False, False), (0.0001, 0.0019, True, True),
    (0.001, 0.003, False, True), (0.0, 0.003, False, False),
])  # fmt: skip
def test_no_worse_is_under_the_margin_and_worse_is_over_zero(low, high, fine, bad):
    found = Interval((low + high) / 2, low, high, 0.1, 3)
    assert (no_worse(found, 0.002), worse(found)) == (fine, bad)


def test_a_share_is_bounded_as_clopper_and_pearson_have_it():
    assert share_below(0, 5) == pytest.approx(1 - 0.05 ** (1 / 5))
    assert share_below(0, 59) < 0.05 < share_below(0, 58)
    # At the bound, so few wrong or fewer have a chance of one in twenty.
    bound = share_below(2, 40)
    assert stats.binom.cdf(2, 40, bound) == pytest.approx(0.05)
    assert share_below(3, 3) == 1


def groups(random, rho: float, *, few: int = 8, groups: int = 3):
    """Pairs of normal values of a correlation, in groups of very different levels."""
    labels = np.repeat(np.arange(groups), few)
    first, noise = random.normal(size=(2, few * groups))
    levels = 5 * random.normal(size=groups)[labels]
    return first + levels, rho * first + math.sqrt(1 - rho**2) * noise + levels, labels


def test_ranks_without_groups_are_spearmans():
    first, second = np.random.default_rng(0).integers(9, size=(2, 30))
    found = rank_correlation(first, second)
    assert found.mean == pytest.approx(stats.spearmanr(first, second).statistic)
    half = 1.959964 * math.sqrt(1.06 / 27)
    assert math.atanh(found.high) == pytest.approx(math.atanh(found.mean) + half, rel=1e-6)


def test_ranks_within_groups_are_the_mean_of_their_correlations():
    first, second, labels = groups(np.random.default_rng(0), 0.5)
    found = rank_correlation(first, second, labels)
    each = [stats.spearmanr(first[labels == g], second[labels == g]).statistic for g in range(3)]
    assert found.mean == pytest.approx(np.mean(each)) and found.n == 24


def test_groups_that_differ_in_level_alone_are_not_ranked_alike():
    random = np.random.default_rng(1)
    simulated = [groups(random, 0.0) for _ in range(500)]
    found = [rank_correlation(*each) for each in simulated]
    assert np.mean([each.low > 0.5 for each in found]) == 0
    assert 0.93 < np.mean([each.low < 0 < each.high for each in found]) < 0.98
    pooled = [rank_correlation(first, second).low > 0.5 for first, second, _ in simulated]
    assert np.mean(pooled) > 0.3  # what the levels would have passed for


def test_intervals_of_ranks_within_groups_contain_the_truth():
    random, rho = np.random.default_rng(2), 0.52
    found = [rank_correlation(*groups(random, rho)) for _ in range(500)]
    truth = 6 / math.pi * math.asin(rho / 2)  # Spearman's, of many normal values
    assert truth == pytest.approx(0.5, abs=0.003)
    assert np.mean([each.low <= truth <= each.high for each in found]) > 0.92
    assert np.mean([each.low > 0.5 for each in found]) < 0.05


def test_a_perfect_ranking_within_groups_is_found():
    first, _, labels = groups(np.random.default_rng(3), 0.0)
    found = rank_correlation(first, np.exp(first), labels)
    assert found.mean == pytest.approx(1) and found.low > 0.99


@pytest.mark.parametrize("spread", [0.0, 0.002, 0.01])
def test_intervals_of_errors_without_mistakes_contain_the_truth_often_enough(spread):
    random, truth, images = np.random.default_rng(0), 0.05, 2000
    caught = 0
    for _ in range(600):
        of_seeds = np.clip(truth + random.normal(0, spread, size=4), 0, 1)
        drawn = random.random((1, images)) < of_seeds[:, None]  # hard images are hard for all
        found = with_sampling(drawn.mean(axis=1), images)
        caught += found.low <= truth <= found.high
    assert caught / 600 > 0.94


def test_sampling_alone_is_left_where_seeds_agree():
    found = with_sampling(np.full(5, 0.02), 10_000)
    half = stats.norm.ppf(0.975) * math.sqrt(0.02 * 0.98 / 10_000)
    assert (found.low, found.high) == pytest.approx((0.02 - half, 0.02 + half), rel=1e-6)
    assert with_sampling(np.zeros(3), 100).high == 0
    assert math.isnan(with_sampling(np.array([0.1]), 100).high)


def test_the_spread_of_a_paired_difference_is_that_of_a_sample_of_seeds():
    """Of seeds whose differences are 0, 1/2 and 1: the sum of squares 1/2 over n - 1 = 2."""
    ours = np.array([[False, False], [True, False], [True, True]])
    assert paired_difference(ours, np.zeros_like(ours)).sd == pytest.approx(0.5)
