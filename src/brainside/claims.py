"""What the papers claim, judged by the records: each claim's checks, and a verdict.

A claim is an entry of config/claims.yaml; a check is a function of this module, named there with
its arguments. Differences of error are paired by seed and test image.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside import statistics
from brainside.config import read_valid
from brainside.errors import Refused
from brainside.evidence import Evidence
from brainside.expansion import parse_budget
from brainside.statistics import Interval
from brainside.study import Study
from brainside.tables import folder

CLAIMS = Path("config/claims.yaml")
REPRODUCED, NOT_REPRODUCED, UNDECIDED = "reproduced", "not reproduced", "undecided"
ABSENT = "absent"  # records are missing; no verdict


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

    Refuted when the gain is under the tasks' margin with 95 % confidence.
    """
    found = [evidence.difference(task, method, against, budgets) for task in tasks]
    total = statistics.mean_of(found)
    verdict = _verdict(total.high < 0, total.low > -_margin(evidence, tasks))
    words = f"{method} minus {against}: {points(total)}"
    if len(tasks) > 1:
        below, above = sum(f.high < 0 for f in found), sum(f.low > 0 for f in found)
        words += f"; below on {below}, above on {above} of {len(tasks)} tasks"
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
    found = [evidence.difference(task, method, against, budgets) for task in tasks]
    total, margin = statistics.mean_of(found), _margin(evidence, tasks)
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
    """Whether a column is less for a method than for another: the geometric mean of the ratio."""
    first, second = (
        _mean(evidence, tasks, each, budgets, column, np.log) for each in (method, against)
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
    """Whether two columns rank a method's networks alike: Spearman's ρ over all of its rows.

    The interval is Fisher's, the networks taken as independent.
    """
    parts = [
        [evidence.column(task, method, budget, name) for name in (column, with_column)]
        for task in tasks
        for budget in budgets
    ]
    total = statistics.rank_correlation(*np.concatenate(parts, axis=1))
    words = f"rank correlation {total.mean:.2f} [{total.low:.2f}, {total.high:.2f}]"
    return Finding(_verdict(total.low > at_least, total.high < at_least), total, np.nan, words)


CHECKS: dict[str, Callable[..., Finding]] = {
    check.__name__: check
    for check in (less_error, no_more_error, error_at_most, less, agree, correlated)
}


def judge(claim: Mapping[str, Any], evidence: Evidence) -> dict[str, Any]:
    """A claim's row: every check must hold for it to be reproduced, one that fails refutes it."""
    row = {name: claim.get(name, "") for name in ("id", "paper", "statement")}
    row |= {"paper_value": claim["value"], "confidence": claim["confidence"]}
    try:
        found = [_run(check, claim["id"], evidence) for check in claim["checks"]]
    except LookupError as error:
        return {**row, "ours": "", "low": np.nan, "high": np.nan, "n": 0, "detectable": np.nan,
                "verdict": ABSENT, "explanation": str(error.args[0])}  # fmt: skip
    verdicts = [finding.verdict for finding in found]
    verdict = next((v for v in (NOT_REPRODUCED, UNDECIDED) if v in verdicts), REPRODUCED)
    first = found[0].estimate
    return {
        **row, "ours": "; ".join(finding.words for finding in found), "low": first.low,
        "high": first.high, "n": first.n, "detectable": found[0].detectable,
        "verdict": _here(verdict) if claim.get("elsewhere") else verdict,
        "explanation": claim.get("explanation", ""),
    }  # fmt: skip


def _here(verdict: str) -> str:
    """The words for a claim that was made on networks that this study does not have."""
    return {REPRODUCED: "holds here", NOT_REPRODUCED: "does not hold here"}.get(verdict, verdict)


def _run(check: Mapping[str, Any], claim: str, evidence: Evidence) -> Finding:
    arguments = {name: value for name, value in check.items() if name != "check"}
    where = f"claims: {claim}"
    arguments["budgets"] = [parse_budget(b, where) for b in arguments["budgets"]]
    try:
        return CHECKS[check["check"]](evidence, **arguments)
    except TypeError as error:
        raise Refused(f"{where}: {check['check']}: {error}") from None


def read(path: Path) -> list[dict[str, Any]]:
    """The claims of a file; Refused where it does not fit its schema or an id is there twice."""
    claims = read_valid(path, "claims")["claims"]
    ids = [claim["id"] for claim in claims]
    twice = {each for each in ids if ids.count(each) > 1}
    if twice:
        raise Refused(f"{path}: claim {sorted(twice)[0]} is there twice")
    return claims


def files(study: Study, path: Path = CLAIMS) -> dict[Path, str]:
    """The table of claims as text, by its path; none where the claims are another study's."""
    if not path.exists() or read_valid(path, "claims")["study"] != study.name:
        return {}
    text = table(study, read(path)).to_csv(index=False, lineterminator="\n", float_format="%.6g")
    return {folder(study.name) / "claims.csv": text}


def table(study: Study, claims: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every claim's row, in the order of the file."""
    evidence = Evidence(study)
    return pd.DataFrame(judge(claim, evidence) for claim in claims)


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
) -> np.ndarray:
    """A column's mean over cells, by seed (seeds,)."""
    cells = [(task, budget) for task in tasks for budget in budgets]
    values = [evidence.column(task, method, budget, column) for task, budget in cells]
    return np.mean([scale(each) for each in values], axis=0)


def _margin(evidence: Evidence, tasks: list[str]) -> float:
    return float(np.mean([evidence.study.config["tasks"][task]["margin"] for task in tasks]))
