"""Estimates in words."""

import numpy as np
import pytest

from brainside.analysis.statistics import interval
from brainside.analysis.wording import by_task, ratio, three_digits


def test_tasks_are_named_by_their_datasets_unless_two_have_the_same():
    one = interval([0.01, 0.01])
    assert by_task(["mnist/a", "rot/a"], [one, one]).split(" ")[0] == "mnist"
    assert by_task(["mnist/a", "mnist/b"], [one, one]).count("mnist/") == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.500"), (0.0123, "0.0123"), (12, "12.0"), (123, "123"), (1234.5, "1,230"), (0, "0")],
)
def test_a_ratio_keeps_the_zeros_of_its_three_digits(value, text):
    assert three_digits(value) == text


def test_a_ratio_has_its_interval_in_the_same_form():
    assert ratio(interval(np.log([0.5, 0.5]))) == "0.500 [0.500, 0.500]"
