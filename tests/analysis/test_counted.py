"""Paired differences from counts are those of the mistakes themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainside.analysis.counted import counted, difference
from brainside.analysis.statistics import paired_difference

shapes = st.tuples(st.integers(2, 6), st.integers(2, 40))
pairs = shapes.flatmap(lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape)))


@given(pairs)
def test_counts_give_what_the_mistakes_give(pair):
    found, expected = difference(*map(counted, pair)), paired_difference(*pair)
    ends = [(one.mean, one.low, one.high, one.sd) for one in (found, expected)]
    assert ends[0] == pytest.approx(ends[1], abs=1e-7)
    assert found.n == expected.n
    assert found.variance.total == pytest.approx(expected.variance.total, abs=1e-12)


def test_many_images_are_counted_without_overflow():
    ours, theirs = np.ones((9, 70_000), bool), np.zeros((9, 70_000), bool)
    theirs[0, 0] = True
    found, expected = difference(counted(ours), counted(theirs)), paired_difference(ours, theirs)
    assert (found.mean, found.high) == pytest.approx((expected.mean, expected.high))
