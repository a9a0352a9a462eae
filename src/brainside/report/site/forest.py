"""A claim's estimates with their intervals against the bounds that decide: small SVG pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import isnan

import numpy as np

from brainside.analysis.parts import CORRELATION, NO, PER_EDGE, YES, Part
from brainside.analysis.wording import between, three_digits
from brainside.report.site.signs import with_minus

WIDTH, HEIGHT, EDGE = 180, 16, 12  # of a line's picture, in pixels
AXIS = 18  # the height of an axis
MARKS = {YES: ("✓", "for it"), NO: ("✗", "against it")}


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
    if unit == CORRELATION:
        return CORRELATIONS
    return FACTORS if unit.startswith("times") else POINTS


def picture(lines: Sequence[tuple[str, Part]]) -> str:
    """The estimates of a claim, each with its name, as pictures and text; an axis per unit."""
    return "".join(
        f'<div class="forest">{"".join(_line(*line) for line in group)}{_scale(unit)}</div>'
        for unit, group in groupby(lines, key=lambda line: line[1].unit)
    )


def _line(name: str, part: Part) -> str:
    """A dot with its interval and the bounds as lines, and all of it as text.

    The interval's ends are higher than the dot, which would hide a narrow one.
    """
    axis, middle = _axis(part.unit), HEIGHT // 2
    decisive, others = bounds(part)
    neutral = 1.0 if part.unit.startswith("times") else 0.0
    drawn = [_upright(axis, b, "other", 0, HEIGHT) for b in {*others, neutral} - {*decisive}]
    drawn += [_upright(axis, b, "decisive", 0, HEIGHT) for b in decisive]
    if not isnan(part.low):
        low, high = (f"{axis.place(end):.1f}" for end in (part.low, part.high))
        drawn.append(f'<line class="interval" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>')
    drawn.append(f'<circle cx="{axis.place(part.mean):.1f}" cy="{middle}" r="3"/>')
    ends = [end for end in (part.low, part.high) if not isnan(end)]
    drawn += [_upright(axis, end, "interval", middle - 6, middle + 6) for end in ends]
    glyph, spoken = MARKS.get(part.says, ("?", "open"))
    mark = f'<span role="img" aria-label="{spoken}">{glyph}</span>'
    return f"{_svg(HEIGHT, drawn)}<div>{mark} {escape(words(name, part))}</div>"


def _svg(height: int, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' aria-hidden="true">{"".join(drawn)}</svg>'
    )


def _upright(axis: Axis, value: float, kind: str, top: float, bottom: float) -> str:
    """A vertical line at a value."""
    x = f"{axis.place(value):.1f}"
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def _scale(unit: str) -> str:
    """The axis of a unit: a line, and ticks with their numbers below."""
    axis = _axis(unit)
    texts = [
        _upright(axis, tick, "tick", 0, 4)
        + f'<text x="{axis.place(tick):.1f}" y="{AXIS - 3}">{with_minus(f"{tick:g}")}</text>'
        for tick in axis.ticks
    ]
    line = f'<line class="tick" x1="{EDGE}" x2="{WIDTH - EDGE}" y1="0.5" y2="0.5"/>'
    return f"{_svg(AXIS, [line, *texts])}<div>{unit}</div>"


def bounds(part: Part) -> tuple[list[float], list[float]]:
    """The ends of what speaks for a part's check, and those of what speaks against it alone."""
    ends = [{end for band in side for end in band if np.isfinite(end) and (end or not _ratio(part))}
            for side in (part.good, part.bad)]  # fmt: skip
    return sorted(ends[0]), sorted(ends[1] - ends[0])


def _ratio(part: Part) -> bool:
    """Whether a part is a ratio, whose bands begin at zero, which is no bound."""
    return part.unit.startswith("times")


def words(name: str, part: Part) -> str:
    """A part's estimate, as the table of claims has it, and its bounds."""
    decisive, others = bounds(part)
    ends = [_number(part.unit, end) for end in (part.low, part.high) if not isnan(end)]
    found = between(_number(part.unit, part.mean), ends)
    said = f"bound{'s' if len(decisive) > 1 else ''} {' and '.join(map(_bound, decisive))}"
    said += "".join(f", margin {_bound(abs(other))}" for other in others)
    return with_minus(f"{name}: {found}; {said}" if name else f"{found}; {said}")


def _number(unit: str, value: float) -> str:
    """A value as `analysis.wording` writes those of its unit."""
    if unit in (CORRELATION, PER_EDGE):
        return f"{value:.2f}"
    return three_digits(value) if unit.startswith("times") else f"{value:+.2f}"


def _bound(value: float) -> str:
    return f"{value:.3g}"
