"""Checks of claims about the bytes of coded networks, each with a verdict (see `checks`)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from brainside.analysis import (
    coding_tables,
    findings,
    parts,
    rate_distortion,
    statistics,
    verdicts,
)
from brainside.analysis.evidence import Evidence
from brainside.analysis.findings import Finding, less_than
from brainside.analysis.missing import Missing
from brainside.analysis.verdicts import Decision, above, below
from brainside.analysis.wording import minus, points, ratio
from brainside.base.errors import Refused

POSITIONS = "position_bytes"
POINT = ["method", "budget", "codec", "setting"]  # what has one file per seed


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
    for other images than the validation images. Only this setting's test error is looked at. It
    may be above the limit by the task's margin, as in claims of pruning; its interval is for other
    seeds and images (`statistics.with_sampling`), that of the bytes for other seeds.
    """
    if len(tasks) != 1 or len(budgets) != 1:
        raise Refused("claims: bytes_at_most takes one task and one budget")
    rows = evidence.coded(tasks[0], method, budgets[0], codecs)
    uncoded = evidence.column(tasks[0], method, budgets[0], "valid_error").mean()
    means = rows.groupby(coding_tables.SETTING, as_index=False)[["valid_error", "bytes"]].mean()
    chosen = coding_tables.smallest(means, max(error, uncoded))
    files = rows[(rows[coding_tables.SETTING] == chosen[coding_tables.SETTING]).all(axis=1)]
    size = statistics.interval(files["bytes"].to_numpy(float))
    images = evidence.images(tasks[0])
    wrong = statistics.with_sampling(files["test_error"].to_numpy(float), images)
    margin = evidence.margins(tasks)[0]
    decision = verdicts.all_hold([
        Decision(below(total, limit), above(total, limit))
        for total, limit in ((size, float(bytes)), (wrong, error + margin))
    ])  # fmt: skip
    words = (
        f"{chosen['codec']} {chosen['setting']}".strip() + f": {size.mean:,.0f} bytes "
        f"[{size.low:,.0f}, {size.high:,.0f}], test error {100 * wrong.mean:.2f} % "
        f"[{100 * wrong.low:.2f}, {100 * wrong.high:.2f}], margin {100 * margin:.2g}"
    )
    both = (
        parts.below(bytes, size, parts.TIMES_LIMIT, lambda value: value / bytes, name="bytes"),
        parts.below(error + margin, wrong, parts.ABOVE_LIMIT, parts.points_above(error),
                    name="error"),
    )  # fmt: skip
    return Finding(decision, size, statistics.detectable(size), words, both)


def fewer_bits(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    codecs: list[str],
    against: str,
    against_codecs: list[str],
    factor: float = 1.0,
) -> Finding:
    """Whether the positions of a method's networks take fewer bits than a factor of another's.

    Each in the setting of its codecs that takes fewest on average over its cell. The geometric mean
    of the ratio over the cells, paired by seed; where both are one method, the networks are the
    same.
    """
    sides = ((method, codecs), (against, against_codecs))
    logs = [
        [
            _logs(_fewest(evidence.coded(task, name, b, of), POSITIONS), POSITIONS)
            for name, of in sides
        ]
        for task in tasks
        for b in budgets
    ]
    what = f"bits of positions, {_side(*sides[0])} over {_side(*sides[1])}"
    return _ratio_below(factor, logs, what)


def fewer_bits_than_density(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    codecs: list[str],
    factor: float,
) -> Finding:
    """Whether positions take fewer bits than a factor of the entropy of each layer's density.

    In the setting of the codecs that takes fewest on average over its cell. The geometric mean of
    the ratio over the cells.
    """
    cells = [
        _fewest(evidence.coded(t, method, b, codecs), POSITIONS) for t in tasks for b in budgets
    ]
    logs = [[_logs(cell, POSITIONS), _logs(cell, "density_bound_bytes")] for cell in cells]
    what = f"bits of positions, {_side(method, codecs)} over the entropy of density"
    return _ratio_below(factor, logs, what)


def fewer_bits_at_loss(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    codecs: list[str],
    against_codecs: list[str],
    rise: float,
    factor: float = 1.0,
) -> Finding:
    """Whether one code of a method's values takes fewer bits than a factor of another's.

    Each in the setting that takes fewest among those whose mean validation loss is above that of
    the networks as they were by no more than the fraction `rise`; Missing if none is. The
    geometric mean of the ratio over the cells, paired by seed.
    """
    logs = []
    for task in tasks:
        for budget in budgets:
            most = (1 + rise) * evidence.column(task, method, budget, "valid_loss").mean()
            sides = [
                _within(evidence.coded(task, method, budget, of), most)
                for of in (codecs, against_codecs)
            ]
            logs.append([_logs(_fewest(side, "value_bytes"), "value_bytes") for side in sides])
    what = f"bits of values, {' or '.join(codecs)} over {' or '.join(against_codecs)}"
    return _ratio_below(factor, logs, f"{what}, loss at most {100 * rise:g} % higher")


def less_error_at_bytes(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    against: str,
    codecs: list[str],
    sizes: list[int],
    variants: Sequence[str] = (),
) -> Finding:
    """Whether a method errs less than another where their files have equally many bytes.

    Mean over `sizes` of the difference of test errors. Each error is interpolated on the logarithm
    of the bytes (`rate_distortion.at_bytes`) between a method's files that are best on validation
    data, of any of the budgets; those of its `variants` are among them. Which files are best is
    decided by means over the seeds that both methods have, as within one seed a few images would
    decide it. The interval is for other seeds, given these files and these test images: of coded
    networks only errors are kept.
    """
    gaps = []
    for task in tasks:
        ours = _files(evidence, task, [method, *variants], budgets, codecs)
        gaps.append(_gap(ours, _files(evidence, task, [against], budgets, codecs), sizes))
    words = ", ".join(f"{task} {points(gap)}" for task, gap in zip(tasks, gaps, strict=True))
    at = ", ".join(f"{size:,}" for size in sizes)
    said = f"{minus([method, *variants], against)}: at {at} bytes {words}"
    return findings.less(tasks, gaps, evidence.margins(tasks), said)


def _gap(ours: pd.DataFrame, theirs: pd.DataFrame, sizes: Sequence[int]) -> statistics.Interval:
    """The mean difference of test error at equal bytes, paired by seed."""
    seeds = sorted(set(ours["seed"]) & set(theirs["seed"]))
    gaps = np.mean([_errors(ours, seeds, n) - _errors(theirs, seeds, n) for n in sizes], axis=0)
    if np.isnan(gaps).any():
        raise Missing(f"one of the two has no file of at most {min(sizes):,} bytes")
    return statistics.interval(gaps)


def _errors(rows: pd.DataFrame, seeds: Sequence[int], size: int) -> np.ndarray:
    """Test error (seeds,) in files of `size` bytes, of the settings that are best on average.

    Means over seeds (of bytes, geometric) of the settings that have them all say which are on the
    front, and how large their files are.
    """
    best = rate_distortion.front(rate_distortion.means(rows, POINT, seeds, ("valid_error",)))
    by_seed = rows.pivot(index=POINT, columns="seed", values="test_error")
    errors = by_seed.loc[best.index, seeds]
    return rate_distortion.at_bytes(best["bytes"].to_numpy(), errors.to_numpy(), size)


def _files(
    evidence: Evidence, task: str, methods: list[str], budgets: list[float], codecs: list[str]
) -> pd.DataFrame:
    """Codings of methods at all of the budgets that they have; Missing where one is missing."""
    cells = [(m, b) for m in methods for b in budgets if b in evidence.wanted.get((task, m), {})]
    if not cells:
        raise Missing(f"{' and '.join(methods)} on {task} have none of these budgets")
    return pd.concat([evidence.coded(task, method, b, codecs) for method, b in cells])


def _within(rows: pd.DataFrame, most: float) -> pd.DataFrame:
    """Codings in the settings whose mean validation loss is no higher; Missing without any."""
    means = rows.groupby(coding_tables.SETTING)["valid_loss"].transform("mean")
    if not (means <= most).any():
        raise Missing(f"no setting of {', '.join(rows['codec'].unique())} loses so little")
    return rows[means <= most]


def _fewest(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Codings in the setting with the least mean of a column."""
    means = rows.groupby(coding_tables.SETTING, as_index=False)[column].mean()
    best = means.loc[means[column].idxmin(), coding_tables.SETTING]
    return rows[(rows[coding_tables.SETTING] == best).all(axis=1)]


def _logs(rows: pd.DataFrame, column: str) -> pd.Series:
    """Logarithms of a column by seed."""
    return np.log(rows.set_index("seed")[column])


def _ratio_below(factor: float, logs: Sequence[Sequence[pd.Series]], what: str) -> Finding:
    """Whether the mean over cells of (ours − theirs), paired by seed, is below log(factor)."""
    common = sorted(set.intersection(*(set(side.index) for cell in logs for side in cell)))
    if not common:
        raise Missing("the two have no seed in common that is coded")
    total = statistics.interval(np.mean([(a - b)[common] for a, b in logs], axis=0))
    words = f"{what}: {ratio(total)}" + (f", bound {factor:g}" if factor != 1 else "")
    return less_than(float(np.log(factor)), total, words)


def _side(method: str, codecs: Sequence[str]) -> str:
    return f"{method} by {' or '.join(codecs)}"
