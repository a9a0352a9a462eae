"""Estimates in words, as the table of claims shows them."""

import math
from collections.abc import Sequence

import numpy as np

from brainside.analysis.statistics import Interval


def points(difference: Interval) -> str:
    """A difference of error with its interval, in points."""
    mean, *ends = (100 * end for end in (difference.mean, difference.low, difference.high))
    return between(f"{mean:+.2f}", [f"{end:+.2f}" for end in ends if not np.isnan(end)])


def ratio(logarithm: Interval) -> str:
    """A ratio with its interval, from the logarithm of both."""
    mean, *ends = np.exp([logarithm.mean, logarithm.low, logarithm.high])
    return between(three_digits(mean), [three_digits(end) for end in ends if not np.isnan(end)])


def three_digits(value: float) -> str:
    """A positive number to three digits, its zeros too: 0.500, 12.0, 1,230."""
    decimals = 2 - math.floor(math.log10(value)) if 0 < value < math.inf else 0
    return f"{round(value, decimals):,.{max(decimals, 0)}f}"


def between(mean: str, ends: Sequence[str]) -> str:
    """A mean with the ends of its interval, or alone where one seed gives none."""
    return f"{mean} [{', '.join(ends)}]" if ends else mean


def minus(method: str | Sequence[str], against: str | Sequence[str]) -> str:
    """The two sides of a difference, of several methods each once: `a or b minus c`."""
    sides = ([names] if isinstance(names, str) else names for names in (method, against))
    return " minus ".join(" or ".join(dict.fromkeys(names)) for names in sides)


def names_of(tasks: Sequence[str]) -> Sequence[str]:
    """Short names of tasks: those of their datasets where no two have the same."""
    datasets = [task.partition("/")[0] for task in tasks]
    return datasets if len(set(datasets)) == len(tasks) else tasks


def by_task(tasks: Sequence[str], differences: Sequence[Interval]) -> str:
    """The difference on every task."""
    named = zip(names_of(tasks), differences, strict=True)
    return ", ".join(f"{name} {points(difference)}" for name, difference in named)


def remark(difference: Interval, margin: float) -> str:
    """A remark on a difference that is certain, and may be below the margin; empty for others."""
    if 0 < difference.low <= margin:
        perhaps = "" if difference.high < margin else "perhaps "
        return f"; errs more, {perhaps}by less than the margin"
    if -margin < difference.low and difference.high < 0:
        return "; errs less, by less than the margin"
    return ""
