"""Checks of claims: functions of the evidence that a claim names, each with a verdict.

Differences of error are paired by seed and test image.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brainside.analysis import coding_tables, statistics
from brainside.analysis.evidence import Evidence
from brainside.analysis.statistics import Interval
from brainside.base.errors import Refused

REPRODUCED, NOT_REPRODUCED, UNDECIDED = "reproduced", "not reproduced", "undecided"


@dataclass(frozen=True)
class Finding:
    """A check's verdict, its estimate with a 95 % interval, and what it says in words.

    `detectable` is the smallest effect that the check would find in four of five studies.
    """

    verdict: str
    estimate: Interval
    detectable: float
    words: str


def less_error(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    against: str,
    budgets: list[float],
) -> Finding:
    """Whether a method errs less than another, mean over tasks and budgets.

    Refuted if the gain is below the tasks' margin with 95 % confidence.
    """
    differences = [evidence.difference(task, method, against, budgets) for task in tasks]
    total = statistics.mean_of(differences)
    verdict = _verdict(total.high < 0, total.low > -_margin(evidence, tasks))
    words = f"{method} minus {against}: {points(total)}"
    if len(tasks) > 1:
        below, above = sum(d.high < 0 for d in differences), sum(d.low > 0 for d in differences)
        means = [100 * difference.mean for difference in differences]
        words += f"; by task {min(means):+.2f} to {max(means):+.2f}"
        words += f", below on {below}, above on {above} of {len(tasks)}"
    return Finding(verdict, total, statistics.detectable(total), words)


def no_more_error(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    against: str = "reference",
) -> Finding:
    """Whether a method errs no more than another by the tasks' margin, mean over the cells."""
    differences = [evidence.difference(task, method, against, budgets) for task in tasks]
    total, margin = statistics.mean_of(differences), _margin(evidence, tasks)
    verdict = _verdict(statistics.no_worse(total, margin), statistics.worse(total))
    words = f"{method} minus {against}: {points(total)}, margin {100 * margin:.2g}"
    return Finding(verdict, total, statistics.detectable(total), words)


def error_at_most(
    evidence: Evidence, *, tasks: list[str], method: str, budgets: list[float], error: float
) -> Finding:
    """Whether the mean test error is at most a number, by the interval over seeds."""
    total = statistics.interval(_mean(evidence, tasks, method, budgets, "test_error"))
    mean, low, high = (100 * end for end in (total.mean, total.low, total.high))
    words = f"{method}: {mean:.2f} % [{low:.2f}, {high:.2f}]"
    verdict = _verdict(total.high <= error, total.low > error)
    return Finding(verdict, total, statistics.detectable(total), words)


def less(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    against: str,
    budgets: list[float],
    column: str,
) -> Finding:
    """Whether a column is less for a method than for another: the geometric mean of the ratio.

    Paired by seed.
    """
    common = [set(evidence.common_seeds(task, method, against)) for task in tasks]
    seeds = sorted(set.intersection(*common))
    first, second = (
        _mean(evidence, tasks, name, budgets, column, np.log, seeds) for name in (method, against)
    )
    total = statistics.interval(first - second)
    words = f"{column}, {method} over {against}: {_ratio(total)}"
    verdict = _verdict(total.high < 0, total.low > 0)
    return Finding(verdict, total, statistics.detectable(total), words)


def agree(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    column: str,
    with_column: str,
    factor: float,
    opposite: bool = False,
) -> Finding:
    """Whether two columns agree within a factor (or, opposite, do not): their mean ratio."""
    first, second = (
        _mean(evidence, tasks, method, budgets, name, np.log) for name in (column, with_column)
    )
    total, bound = statistics.interval(first - second), np.log(factor)
    inside = -bound < total.low and total.high < bound
    outside = total.high < -bound or total.low > bound
    verdict = _verdict(outside, inside) if opposite else _verdict(inside, outside)
    words = f"{column} over {with_column}: {_ratio(total)}"
    return Finding(verdict, total, statistics.detectable(total), words)


def correlated(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    column: str,
    with_column: str,
    at_least: float,
) -> Finding:
    """Whether two columns rank a method's networks alike: Spearman's ρ within the seeds.

    The networks of a seed share what the first column is about (a supernet), so that only ranks
    among them say something: a seed on a task is a group. The interval is Fisher's, with the
    networks taken as independent.
    """
    parts = [
        [evidence.column(task, method, budget, name) for name in (column, with_column)]
        for task in tasks
        for budget in budgets
    ]
    groups = [
        f"{task} {seed}"
        for task in tasks
        for _ in budgets
        for seed in sorted(evidence.seeds(task, method))
    ]
    first, second = np.concatenate(parts, axis=1)
    total = statistics.rank_correlation(first, second, groups)
    words = f"rank correlation {total.mean:.2f} [{total.low:.2f}, {total.high:.2f}]"
    words += f" on {', '.join(tasks)}"
    return Finding(_verdict(total.low > at_least, total.high < at_least), total, np.nan, words)


def bytes_at_most(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    codecs: list[str],
    bytes: int,
    error: float,
) -> Finding:
    """Whether a method's networks need at most so many bytes and err at most so much.

    Of the codecs' settings, the one with the smallest file is taken whose mean validation error is
    within `error`, or within that of the uncoded networks if this is larger: the limit was stated
    for other images than the validation images. Only this setting's test error is looked at; it
    and the bytes are judged by their intervals over seeds.
    """
    if len(tasks) != 1 or len(budgets) != 1:
        raise Refused("claims: bytes_at_most is of one task and one budget")
    rows = evidence.coded(tasks[0], method, budgets[0], codecs)
    uncoded = evidence.column(tasks[0], method, budgets[0], "valid_error").mean()
    means = rows.groupby(coding_tables.SETTING, as_index=False)[["valid_error", "bytes"]].mean()
    chosen = coding_tables.smallest(means, max(error, uncoded))
    files = rows[(rows[coding_tables.SETTING] == chosen[coding_tables.SETTING]).all(axis=1)]
    size, wrong = (statistics.interval(files[c].to_numpy(float)) for c in ("bytes", "test_error"))
    verdict = _verdict(
        size.high <= bytes and wrong.high <= error, size.low > bytes or wrong.low > error
    )
    words = (
        f"{chosen['codec']} {chosen['setting']}".strip() + f": {size.mean:,.0f} bytes "
        f"[{size.low:,.0f}, {size.high:,.0f}], test error {100 * wrong.mean:.2f} % "
        f"[{100 * wrong.low:.2f}, {100 * wrong.high:.2f}]"
    )
    return Finding(verdict, size, statistics.detectable(size), words)


CHECKS: dict[str, Callable[..., Finding]] = {
    check.__name__: check
    for check in (less_error, no_more_error, error_at_most, less, agree, correlated, bytes_at_most)
}


def points(difference: Interval) -> str:
    """A difference of error with its interval, in points."""
    mean, low, high = (100 * end for end in (difference.mean, difference.low, difference.high))
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"


def _ratio(logarithm: Interval) -> str:
    mean, low, high = np.exp([logarithm.mean, logarithm.low, logarithm.high])
    return f"{mean:.3g} [{low:.3g}, {high:.3g}]"


def _verdict(holds: bool, fails: bool) -> str:
    return REPRODUCED if holds else NOT_REPRODUCED if fails else UNDECIDED


def _mean(
    evidence: Evidence,
    tasks: list[str],
    method: str,
    budgets: list[float],
    column: str,
    scale: Callable[[np.ndarray], np.ndarray] = lambda values: values,
    seeds: list[int] | None = None,
) -> np.ndarray:
    """A column's mean over cells, by seed (seeds,)."""
    cells = [(task, budget) for task in tasks for budget in budgets]
    values = [evidence.column(task, method, budget, column, seeds) for task, budget in cells]
    return np.mean([scale(column) for column in values], axis=0)


def _margin(evidence: Evidence, tasks: list[str]) -> float:
    return float(np.mean([evidence.study.config["tasks"][task]["margin"] for task in tasks]))
