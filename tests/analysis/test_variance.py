"""The distribution of an estimate whose variance is known from few seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from brainside.analysis.variance import Variance, half_width, p_value

sizes = st.floats(1e-6, 1.0)
freedoms = st.integers(1, 30)


@given(sizes, freedoms, st.floats(0, 50))
def test_of_seeds_alone_it_is_students(seeds, freedom, standardised):
    expected = 2 * stats.t.sf(standardised, freedom)
    distance = standardised * math.sqrt(seeds)
    assert p_value(Variance(seeds, freedom), distance) == pytest.approx(expected, abs=1e-12)
    # The quadrature comes to the same where the other parts are next to nothing.
    nearly = Variance(seeds, freedom, 1e-12 * seeds)
    assert p_value(nearly, distance) == pytest.approx(expected, rel=1e-3, abs=1e-9)


@given(sizes, st.floats(0, 10))
def test_of_images_alone_it_is_normal(rest, standardised):
    expected = 2 * stats.norm.sf(standardised)
    for variance in (Variance(0.0, 2, 0.0, rest), Variance(0.0, 2, rest), Variance(rest, math.inf)):
        distance = standardised * math.sqrt(rest)
        assert p_value(variance, distance) == pytest.approx(expected, rel=1e-6, abs=1e-15)


@given(sizes, freedoms, st.floats(0, 2), st.floats(0, 2), st.sampled_from([0.8, 0.95, 0.999]))
def test_the_interval_ends_where_the_p_value_is_what_its_level_leaves(seeds, freedom, a, b, level):
    variance = Variance(seeds, freedom, a * seeds, b * seeds)
    assert p_value(variance, half_width(variance, level)) == pytest.approx(1 - level, rel=1e-6)


@pytest.mark.parametrize("variance", [
    Variance(0.5, 2, 1.0, 0.3), Variance(3.0, 2, 1.0, 0.3), Variance(0.9, 4, 1.0),
    Variance(0.2, 1, 1.0, 2.0),
])  # fmt: skip
def test_it_is_what_draws_of_the_variance_give(variance):
    random = np.random.default_rng(0)
    chi_squared = random.chisquare(variance.freedom, 400_000)
    draws = np.maximum(variance.seeds * variance.freedom / chi_squared, variance.least)
    draws += variance.rest
    for distance in (0.5, 2.0, 5.0):
        expected = np.mean(2 * stats.norm.sf(distance / np.sqrt(draws)))
        assert p_value(variance, distance) == pytest.approx(expected, rel=0.02, abs=1e-5)


def test_seeds_that_agree_by_luck_leave_more_doubt_than_satterthwaites_freedom():
    # A third of what the interaction lets expect, from three seeds: to take it for an estimate
    # with many degrees of freedom would let one claim in thousands pass.
    variance = Variance(1 / 3, 2, 1.0)
    assert p_value(variance, 5.0) > 100 * 2 * stats.norm.sf(5.0)


@given(sizes, freedoms, st.floats(0, 2), st.floats(0, 2), st.floats(0, 20), st.floats(0, 20))
def test_farther_is_less_likely(seeds, freedom, a, b, one, other):
    variance = Variance(seeds, freedom, a * seeds, b * seeds)
    near, far = sorted((one, other))
    assert 0 <= p_value(variance, far) <= p_value(variance, near) + 1e-12 <= 1 + 2e-12


def test_without_a_variance_any_distance_decides():
    assert p_value(Variance(0.0, 2), 0.1) == 0 and p_value(Variance(0.0, 2), 0.0) == 1
    assert half_width(Variance(0.0, 2), 0.95) == 0
