"""Checks of claims: functions of the evidence that a claim names, each with a verdict.

Differences of error are paired by seed and test image.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np

from brainside.analysis import coded_checks, findings, graph_checks, parts, statistics, verdicts
from brainside.analysis.evidence import Evidence
from brainside.analysis.findings import Finding, less_than
from brainside.analysis.verdicts import Decision, above, below
from brainside.analysis.wording import by_task, minus, points, ratio, remark
from brainside.base.budgets import share
from brainside.base.errors import Refused


def less_error(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str | list[str],
    against: str | list[str],
    budgets: list[float],
) -> Finding:
    """Whether a method errs less than another on most tasks, mean over budgets.

    Each may be one for all tasks, or a list with one for each. See `verdicts.less`.
    """
    differences = evidence.differences(tasks, method, against, budgets)
    margins = evidence.margins(tasks)
    if len(tasks) > 1:
        under, over = verdicts.signs(differences, [0.0] * len(tasks))
        ours = f"{by_task(tasks, differences)}; below on {under}, above on {over}"
        ours += f" of {len(tasks)} tasks"
    else:
        ours = points(differences[0]) + remark(differences[0], margins[0])
    return findings.less(tasks, differences, margins, f"{minus(method, against)}: {ours}")


def no_more_error(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str | list[str],
    budgets: list[float],
    against: str | list[str] = "reference",
) -> Finding:
    """Whether a method errs no more than another by the margin on most tasks, mean over budgets.

    Each may be one for all tasks, or a list with one for each. See `verdicts.no_more`.
    """
    differences = evidence.differences(tasks, method, against, budgets)
    margins = evidence.margins(tasks)
    if len(tasks) > 1:
        under, over = verdicts.signs(differences, margins)
        allowed = ", ".join(dict.fromkeys(f"{100 * margin:.2g}" for margin in margins))
        ours = f"{by_task(tasks, differences)}; margins {allowed}"
        ours += f"; within them on {under}, beyond on {over} of {len(tasks)} tasks"
    else:
        ours = f"{points(differences[0])}, margin {100 * margins[0]:.2g}"
        ours += remark(differences[0], margins[0])
    return findings.no_more(tasks, differences, margins, f"{minus(method, against)}: {ours}")


def smaller_gap(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    against: str,
    other: str,
    other_against: str,
    budgets: list[float],
) -> Finding:
    """Whether a method loses less against its baseline than another against its own.

    The difference of the two differences of error, paired by seed and image; see `verdicts.less`.
    """
    weights = Counter((method, other_against))  # one method may stand in both pairs
    weights.subtract((against, other))
    differences = [evidence.contrast(task, weights, budgets) for task in tasks]
    words = f"gap of {method} minus gap of {other}: {by_task(tasks, differences)}"
    return findings.less(tasks, differences, evidence.margins(tasks), words)


def error_at_most(
    evidence: Evidence, *, tasks: list[str], method: str, budgets: list[float], error: float
) -> Finding:
    """Whether the mean test error on one task is at most a number.

    The interval is for other seeds and other test images, as in `statistics.paired_difference`.
    """
    if len(tasks) != 1:
        raise Refused("claims: error_at_most takes one task")
    total = evidence.contrast(tasks[0], {method: 1}, budgets)
    mean, low, high = (100 * end for end in (total.mean, total.low, total.high))
    words = f"{method}: {mean:.2f} % [{low:.2f}, {high:.2f}]"
    return less_than(error, total, words, parts.ABOVE_LIMIT, parts.points_above(error))


def less(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    against: str,
    budgets: list[float],
    column: str,
    over: str | None = None,
) -> Finding:
    """Whether a column is less for a method than for another: the geometric mean of the ratio.

    Paired by seed. `over` is a column that the first is divided by, before they are compared.
    """
    of_tasks = [evidence.common_seeds(task, [method, against], budgets) for task in tasks]
    seeds = sorted(set.intersection(*map(set, of_tasks)))
    logs = [
        evidence.mean_log(tasks, name, budgets, of, seeds)
        for name in (method, against)
        for of in (column, over)
        if of
    ]
    differences = logs[0] - logs[1] - (logs[2] - logs[3]) if over else logs[0] - logs[1]
    total = statistics.interval(differences)
    words = f"{column} over {over}" if over else column
    return less_than(0, total, f"{words}, {method} over {against}: {ratio(total)}")


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
        evidence.mean_log(tasks, method, budgets, name) for name in (column, with_column)
    )
    total, bound = statistics.interval(first - second), float(np.log(factor))
    inside = max(above(total, -bound), below(total, bound))
    outside = min(below(total, -bound), above(total, bound))
    decision = Decision(outside, inside) if opposite else Decision(inside, outside)
    words = f"{column} over {with_column}: {ratio(total)}"
    within, beyond = ((-bound, bound),), ((-np.inf, -bound), (bound, np.inf))
    good, bad = (beyond, within) if opposite else (within, beyond)
    part = parts.part(total, good, bad, parts.TIMES, np.exp)
    return Finding(decision, total, statistics.detectable(total), words, (part,))


def falls(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    column: str,
    over: str,
) -> Finding:
    """Whether one column over another falls from the first of two budgets to the second.

    By the ratio of the two quotients, paired by seed; its geometric mean.
    """
    if len(budgets) != 2:
        raise Refused("claims: falls takes two budgets, the earlier one first")
    seeds = evidence.seeds(tasks[0], method, budgets)
    earlier, later = (
        evidence.mean_log(tasks, method, [budget], column, seeds)
        - evidence.mean_log(tasks, method, [budget], over, seeds)
        for budget in budgets
    )
    total = statistics.interval(later - earlier)
    words = f"{column} over {over}, at {share(budgets[1])} over at {share(budgets[0])}"
    return less_than(0, total, f"{words}: {ratio(total)}")


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
    columns = [
        [evidence.column(task, method, budget, name) for name in (column, with_column)]
        for task in tasks
        for budget in budgets
    ]
    groups = [
        f"{task} {seed}"
        for task in tasks
        for budget in budgets
        for seed in sorted(evidence.seeds(task, method, [budget]))
    ]
    first, second = np.concatenate(columns, axis=1)
    total = statistics.rank_correlation(first, second, groups)
    words = f"rank correlation {total.mean:.2f} [{total.low:.2f}, {total.high:.2f}]"
    words += f" on {', '.join(tasks)}"
    decision = verdicts.correlation_above(total, at_least)
    good, bad = ((at_least, np.inf),), ((-np.inf, at_least),)
    part = parts.part(total, good, bad, parts.CORRELATION)
    return Finding(decision, total, np.nan, words, (part,))


CHECKS: dict[str, Callable[..., Finding]] = {
    check.__name__: check
    for check in (
        less_error,
        no_more_error,
        smaller_gap,
        error_at_most,
        less,
        agree,
        falls,
        correlated,
        coded_checks.bytes_at_most,
        coded_checks.fewer_bits,
        coded_checks.fewer_bits_than_density,
        coded_checks.fewer_bits_at_loss,
        coded_checks.less_error_at_bytes,
        graph_checks.labels_per_edge,
    )
}
