"""Estimates in words."""

from brainside.analysis.statistics import interval
from brainside.analysis.wording import by_task


def test_tasks_are_named_by_their_datasets_unless_two_have_the_same():
    one = interval([0.01, 0.01])
    assert by_task(["mnist/a", "rot/a"], [one, one]).split(" ")[0] == "mnist"
    assert by_task(["mnist/a", "mnist/b"], [one, one]).count("mnist/") == 2
