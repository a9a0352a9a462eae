"""A claim's estimate with its interval against the bounds that decide: a small SVG picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainside.analysis.statistics import Interval, fisher
from brainside.report.tex.answers import Claim

WIDTH, HEIGHT, EDGE = 180, 42, 12  # of the picture, in pixels
FLOOR = 26  # where its axis is


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
        """The estimate of a check, in points."""
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


@dataclass(frozen=True)
class Axis:
    """Where a value is, from 0 to 1, and the values with a label; what is beyond is at an end."""

    part: Callable[[float], float]
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Pixels from the left."""
        return EDGE + float(np.clip(self.part(value), 0, 1)) * (WIDTH - 2 * EDGE)


def _of_points(value: float) -> float:
    """Linear within 0.1, logarithmic up to 20."""
    return float((np.sign(value) * np.log1p(abs(value) / 0.1) / np.log1p(200) + 1) / 2)


CORRELATIONS = Axis(lambda value: (value + 1) / 2, (-1, -0.5, 0, 0.5, 1))
FACTORS = Axis(lambda value: (float(np.log10(max(value, 1e-9))) + 1) / 2, (0.1, 0.3, 1, 3, 10))
POINTS = Axis(_of_points, (-10, -1, 0, 1, 10))


def _axis(unit: str) -> Axis:
    if unit == "rank correlation":
        return CORRELATIONS
    return FACTORS if unit.startswith("times") else POINTS


def picture(found: Estimate) -> str:
    """The estimate as an SVG picture, and as text: a dot with its interval, lines for the bounds.

    The interval's ends are higher than the dot, which would hide a narrow one.
    """
    axis, middle = _axis(found.unit), FLOOR // 2

    def upright(value: float, kind: str, top: float, bottom: float) -> str:
        """A vertical line at a value."""
        x = f"{axis.place(value):.1f}"
        return f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'

    def label(value: float) -> str:
        """A tick at a value, with its number below."""
        text = f'<text x="{axis.place(value):.1f}" y="{HEIGHT - 2}">{_text(value)}</text>'
        return upright(value, "tick", FLOOR, FLOOR + 4) + text

    low, high, mean = (f"{axis.place(x):.1f}" for x in (found.low, found.high, found.mean))
    return (
        f'<div class="forest"><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" aria-hidden="true">'
        f'<line class="tick" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{FLOOR}" y2="{FLOOR}"/>'
        + "".join(map(label, axis.ticks))
        + "".join(upright(bound, "other", 2, FLOOR) for bound in found.bounds)
        + upright(found.decisive, "decisive", 2, FLOOR)
        + f'<line class="interval" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>'
        f'<circle cx="{mean}" cy="{middle}" r="3"/>'
        + "".join(upright(end, "interval", middle - 6, middle + 6)
                  for end in (found.low, found.high))
        + f"</svg><div>{_words(found)}</div></div>"
    )  # fmt: skip


def _words(found: Estimate) -> str:
    mean, low, high, bound = map(_text, (found.mean, found.low, found.high, found.decisive))
    return f"{mean} [{low}, {high}] {found.unit}; bound {bound}"


def _text(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
