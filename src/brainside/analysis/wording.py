"""Estimates in words, as the table of claims shows them."""

import numpy as np

from brainside.analysis.statistics import Interval


def points(difference: Interval) -> str:
    """A difference of error with its interval, in points."""
    mean, low, high = (100 * end for end in (difference.mean, difference.low, difference.high))
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"


def ratio(logarithm: Interval) -> str:
    """A ratio with its interval, from the logarithm of both."""
    mean, low, high = np.exp([logarithm.mean, logarithm.low, logarithm.high])
    return f"{mean:.3g} [{low:.3g}, {high:.3g}]"


def by_task(tasks: list[str], differences: list[Interval]) -> str:
    """The difference on every task, named by its dataset."""
    names = [task.partition("/")[0] for task in tasks]
    return ", ".join(f"{name} {points(d)}" for name, d in zip(names, differences, strict=True))


def remark(difference: Interval, margin: float) -> str:
    """What has to be said of a difference that is certain beside a margin that it may be below."""
    if 0 < difference.low <= margin:
        perhaps = "" if difference.high < margin else "perhaps "
        return f"; errs more, {perhaps}by less than the margin"
    if -margin < difference.low and difference.high < 0:
        return "; errs less, by less than the margin"
    return ""
