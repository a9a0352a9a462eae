"""p-values, Holm's correction, and what several tasks or several checks decide together."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainside.analysis.statistics import Interval, interval
from brainside.analysis.variance import Variance
from brainside.analysis.verdicts import (
    Decision,
    above,
    all_hold,
    below,
    correlation_above,
    holm,
    less,
    no_more,
    p_value,
    signs,
)

MARGIN = 0.01
REPRODUCED, NOT, MIXED, OPEN = "reproduced", "not reproduced", "mixed", "undecided"
shares = st.lists(st.floats(0, 1), min_size=1, max_size=8)
means = st.floats(-0.05, 0.05, allow_subnormal=False)
errors = st.floats(1e-5, 0.02)


def estimate(mean: float, error: float = 0.001) -> Interval:
    """An estimate whose 95 % interval is 1.96 errors to both sides."""
    half = 1.959963984540054 * error
    return Interval(mean, mean - half, mean + half, math.nan, 5, Variance(error**2, math.inf))


def mirrored(one: Interval) -> Interval:
    """The difference with the methods swapped."""
    return Interval(-one.mean, -one.high, -one.low, one.sd, one.n, one.variance)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6), st.floats(-1, 1))
def test_a_p_value_is_below_five_per_cent_where_the_bound_is_outside_the_interval(values, bound):
    found = interval(np.array(values))
    p, edge = p_value(found, bound), min(abs(bound - found.low), abs(bound - found.high))
    if edge > 1e-9:
        assert (p < 0.05) == (not found.low < bound < found.high)
    assert p in (below(found, bound), above(found, bound)) or found.mean == bound


def test_one_seed_and_no_spread():
    assert p_value(interval(np.array([0.3])), 0.0) == 1
    assert p_value(interval(np.array([0.3, 0.3])), 0.0) == 0
    assert p_value(interval(np.array([0.3, 0.3])), 0.3) == 1


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1, 1] and holm([]) == []


@given(shares)
def test_holm_is_between_no_correction_and_bonferronis_and_keeps_the_order(values):
    adjusted = holm(values)
    assert all(
        p <= q + 1e-12 and q <= min(1, len(values) * p) + 1e-12
        for p, q in zip(values, adjusted, strict=True)
    )
    order = np.argsort(values, kind="stable")
    assert list(np.array(adjusted)[order]) == sorted(adjusted)


def test_holm_errs_in_no_more_than_one_family_of_twenty():
    families = np.random.default_rng(0).random((4000, 6))
    assert np.mean([min(holm(list(family))) < 0.05 for family in families]) < 0.06


@given(means, errors)
def test_errs_less_and_errs_no_more_are_mirror_images(mean, error):
    one = estimate(mean, error)
    ours, theirs = less([one], [MARGIN]).verdict, no_more([mirrored(one)], [MARGIN]).verdict
    # That A errs less fails exactly where B errs no more than A and A's gain is not certain;
    # that B errs no more than A fails only where A errs less, by more than the margin.
    gain, small = one.high < 0, one.low > -MARGIN
    if min(abs(one.high), abs(one.low + MARGIN), abs(one.high + MARGIN)) > 1e-9:
        assert ours == (REPRODUCED if gain else NOT if small else OPEN)
        assert theirs == (REPRODUCED if small else NOT if one.high < -MARGIN else OPEN)
    assert (ours, theirs) != (NOT, NOT)
    assert theirs != NOT or ours == REPRODUCED
    assert ours != NOT or theirs == REPRODUCED


@pytest.mark.parametrize(("mean", "expected"), [
    (-0.02, REPRODUCED), (0.005, REPRODUCED), (0.0099, OPEN), (0.0105, OPEN), (0.02, NOT),
])  # fmt: skip
def test_no_more_is_refuted_above_the_margin_only(mean, expected):
    assert no_more([estimate(mean)], [MARGIN]).verdict == expected


@pytest.mark.parametrize(("check", "tasks", "expected"), [
    (less, [-0.02, -0.02, -0.02], REPRODUCED),
    (less, [-0.02, -0.02, -0.001], REPRODUCED),  # most, and none above
    (less, [-0.02, -0.02, 0.02], MIXED),
    (less, [-0.3, 0.02, 0.02], MIXED),  # whatever the mean is
    (less, [-0.02, -0.015, -0.012, 0.1], MIXED),
    (less, [0.02, 0.0, 0.0], NOT),
    (less, [-0.001, 0.0, 0.001], NOT),  # no gain of the margin on most
    (less, [-0.02, -0.02], REPRODUCED),
    (less, [-0.02, -0.001], OPEN),  # half is not most
    (no_more, [0.002, 0.002, 0.002], REPRODUCED),
    (no_more, [0.002, 0.002, 0.03], MIXED),
    (no_more, [0.0099, 0.0101], OPEN),
    (no_more, [0.03, 0.0101], NOT),
])  # fmt: skip
def test_several_tasks(check, tasks, expected):
    differences = [estimate(mean) for mean in tasks]
    assert check(differences, [MARGIN] * len(tasks)).verdict == expected


def test_each_task_has_its_own_margin():
    differences = [estimate(0.015), estimate(0.015)]
    assert no_more(differences, [0.03, 0.03]).verdict == REPRODUCED
    assert no_more(differences, [0.03, 0.001]).verdict == MIXED


def test_tasks_are_corrected_by_holm():
    barely = estimate(-0.0021)  # p = 0.036 alone
    assert less([barely], [MARGIN]).verdict == REPRODUCED
    assert less([barely] * 3, [MARGIN] * 3).holds == pytest.approx(3 * p_value(barely, 0))
    assert signs([barely, estimate(-0.02), estimate(0.02)], [0.0] * 3) == (2, 1)
    assert signs([barely, estimate(-0.001), estimate(0.02)], [0.0] * 3) == (0, 1)


def test_gains_that_are_missed_are_corrected_by_holm_over_the_tasks():
    no_gain = estimate(0.0, 0.0048)  # p = 0.037 against a gain of the margin, alone
    assert less([no_gain], [MARGIN]).verdict == NOT
    assert less([no_gain] * 3, [MARGIN] * 3).verdict == OPEN
    assert less([no_gain] * 3, [MARGIN] * 3).fails == pytest.approx(3 * p_value(no_gain, -MARGIN))


@given(st.lists(st.tuples(means, errors), min_size=1, max_size=6))
def test_verdicts_of_tasks_do_not_depend_on_their_order(tasks):
    differences, margins = [estimate(*task) for task in tasks], [MARGIN] * len(tasks)
    for check in (less, no_more):
        assert check(differences, margins) == check(differences[::-1], margins)


@given(st.lists(st.tuples(means, errors), min_size=1, max_size=6))
def test_a_verdict_has_a_p_value_below_the_level_and_no_other(tasks):
    differences = [estimate(*task) for task in tasks]
    for check in (less, no_more):
        decision = check(differences, [MARGIN] * len(tasks))
        assert (decision.p < 0.05) == (decision.verdict != OPEN)


def test_no_true_difference_is_rarely_called_one_on_several_tasks():
    random, found = np.random.default_rng(1), []
    for _ in range(2000):
        differences = [estimate(random.normal(0, 0.001)) for _ in range(4)]
        found.append(less(differences, [0.0] * 4).verdict)
    assert np.mean([verdict != OPEN for verdict in found]) < 0.06


def test_several_checks():
    holds, fails, open_ = Decision(0.01, 1), Decision(1, 0.01), Decision(0.5, 1)
    small = Decision(0.01, 0.02)  # a gain that is certain, and certainly below the margin
    assert all_hold([holds, small]).verdict == REPRODUCED
    assert all_hold([holds, open_]).verdict == OPEN
    assert all_hold([holds, open_, fails]).verdict == NOT
    assert all_hold([holds, Decision(1, 0.04)]).verdict == OPEN  # one of two: 0.08 after Holm
    assert all_hold([holds, Decision(1, 1, mixed=0.01)]).verdict == MIXED
    assert all_hold([fails, Decision(1, 1, mixed=0.01)]).verdict == NOT
    assert all_hold([holds, Decision(1, 1, mixed=0.04)]).verdict == OPEN  # 0.08, as well


@pytest.mark.parametrize(("low", "high", "expected"), [
    (0.6, 0.9, REPRODUCED), (0.4, 0.9, OPEN), (0.1, 0.4, NOT), (math.nan, math.nan, OPEN),
])  # fmt: skip
def test_correlations(low, high, expected):
    assert correlation_above(Interval(0.5, low, high, math.nan, 20), 0.5).verdict == expected
