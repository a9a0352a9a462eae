"""A claim's estimate with its interval against the bounds that decide: a small SVG picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainside.analysis.statistics import Interval, fisher
from brainside.report.tex.answers import Claim

WIDTH, HEIGHT, EDGE = 180, 26, 6  # of the picture, in pixels


@dataclass(frozen=True)
class Estimate:
    """What the first check of a claim found, and the bounds that it is held against.

    `decisive` is the bound that the claim holds beyond, `bounds` are the others; all are in `unit`.
    """

    mean: float
    low: float
    high: float
    decisive: float
    bounds: tuple[float, ...]
    unit: str


def estimate(claim: Claim, margins: Mapping[str, float]) -> Estimate | None:
    """The estimate of a claim by the first of its checks; None where there is no interval.

    `margins` are those of the tasks, as fractions.
    """
    if not claim["checks"] or claim["low"] == "" or claim["high"] == "":
        return None
    check = claim["checks"][0]
    return BY_CHECK[check["check"]](check, float(claim["low"]), float(claim["high"]), margins)


def _points(sign: int) -> Callable[..., Estimate]:
    """Differences of error in points, with the margins on one side of zero (or on none)."""

    def of(check: Any, low: float, high: float, margins: Mapping[str, float]) -> Estimate:
        ends = sorted({sign * 100 * margins[task] for task in check["tasks"]})
        decisive = ends[-1] if sign > 0 else 0.0
        others = tuple(end for end in (*ends, 0.0) if end != decisive)
        return Estimate(50 * (low + high), 100 * low, 100 * high, decisive, others, "points")

    return of


def _error(check: Any, low: float, high: float, _: Any) -> Estimate:
    mean, low, high = (100 * (end - check["error"]) for end in ((low + high) / 2, low, high))
    return Estimate(mean, low, high, 0.0, (), "points above the limit")


def _factor(check: Any, low: float, high: float, _: Any) -> Estimate:
    mean, low, high = (float(np.exp(end)) for end in ((low + high) / 2, low, high))
    factor = check.get("factor")
    outer = (1.0,) if factor is None else (1.0, 1 / factor)
    return Estimate(mean, low, high, factor or 1.0, outer if factor else (), "times")


def _fewer(check: Any, low: float, high: float, _: Any) -> Estimate:
    mean, low, high = (float(np.exp(end)) for end in ((low + high) / 2, low, high))
    factor = check.get("factor", 1.0)
    return Estimate(mean, low, high, factor, (1.0,) if factor != 1.0 else (), "times")


def _entries(check: Any, low: float, high: float, _: Any) -> Estimate:
    return Estimate((low + high) / 2, low, high, check["most"], (check["least"],),
                    "times as many entries as edges")  # fmt: skip


def _correlation(check: Any, low: float, high: float, _: Any) -> Estimate:
    middle = float(np.tanh(fisher(Interval(np.nan, low, high, np.nan, 0)).mean))
    return Estimate(middle, low, high, check["at_least"], (0.0,), "rank correlation")


def _bytes(check: Any, low: float, high: float, _: Any) -> Estimate:
    limit = check["bytes"]
    return Estimate((low + high) / 2 / limit, low / limit, high / limit, 1.0, (),
                    "times the limit in bytes")  # fmt: skip


BY_CHECK: dict[str, Callable[..., Estimate]] = {
    "less_error": _points(-1), "smaller_gap": _points(-1), "no_more_error": _points(1),
    "error_at_most": _error, "less": _factor, "agree": _factor, "falls": _factor,
    "correlated": _correlation, "bytes_at_most": _bytes, "fewer_bits": _fewer,
    "fewer_bits_than_density": _fewer, "fewer_bits_at_loss": _fewer,
    "less_error_at_bytes": _points(-1), "labels_per_edge": _entries,
}  # fmt: skip


def _place(value: float, unit: str) -> float:
    """Where a value is on the axis of its unit, from 0 to 1; values beyond it are at its ends."""
    if unit == "rank correlation":
        part = (value + 1) / 2
    elif unit.startswith("times"):
        part = (np.log(max(value, 1e-9)) / np.log(10) + 1) / 2
    else:  # points: linear within 0.1, logarithmic up to 20
        part = (np.sign(value) * np.log1p(abs(value) / 0.1) / np.log1p(200) + 1) / 2
    return float(np.clip(part, 0, 1))


def picture(found: Estimate) -> str:
    """The estimate as an SVG picture: a dot with its interval, and lines for the bounds."""

    def x(value: float) -> str:
        return f"{EDGE + _place(value, found.unit) * (WIDTH - 2 * EDGE):.1f}"

    def upright(value: float, kind: str) -> str:
        return f'<line class="{kind}" x1="{x(value)}" x2="{x(value)}" y1="2" y2="{HEIGHT - 2}"/>'

    middle = HEIGHT // 2
    words = f"{found.mean:.3g} [{found.low:.3g}, {found.high:.3g}] {found.unit}"
    words += f"; bound {found.decisive:.3g}"
    return (
        f'<svg class="forest" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img"><title>{words}</title>'
        + "".join(upright(bound, "other") for bound in found.bounds)
        + upright(found.decisive, "decisive")
        + f'<line class="interval" x1="{x(found.low)}" x2="{x(found.high)}"'
        f' y1="{middle}" y2="{middle}"/><circle cx="{x(found.mean)}" cy="{middle}" r="3"/></svg>'
    )
