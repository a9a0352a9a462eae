"""Budgets as text: two that are told apart in names are told apart wherever they are printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.budgets import ratio, share, tag

budgets = st.floats(1e-6, 1)


@given(budgets, budgets)
def test_budgets_with_two_names_are_printed_as_two(one, other):
    if tag(one) != tag(other):
        assert ratio(one) != ratio(other) and share(one) != share(other)


@given(st.integers(1, 100_000))
def test_one_over_a_whole_number_is_printed_as_such(parts):
    assert ratio(1 / parts) == share(1 / parts) == (f"1/{parts}" if parts > 1 else "1")


@pytest.mark.parametrize(("budget", "texts"), [
    (0.1249, ("0.1249", "12.49 %")), (0.125001, ("0.125001", "12.5001 %")),
    (0.036, ("0.036", "3.6 %")), (1, ("1", "1")),
])  # fmt: skip
def test_what_is_nearly_one_over_a_whole_number_is_not_printed_as_such(budget, texts):
    assert (ratio(budget), share(budget)) == texts
