"""RECT and CONVEX, the two datasets without digits, regenerated: 28 x 28, black and white.

After Larochelle et al. (2007), as in variations.py; recipes and constants are from memory.
"""

import numpy as np
from numpy.random import PCG64

from brainside.data import randomness

SIDE = 28
LEAST_SIDE = 3  # so that an outline encloses something (our choice)
LEAST_DIFFERENCE = 3  # of width and height, in pixels
WIDER, CONVEX = 1, 1  # the labels; the other class is 0
STOP, LEAST_AREA = 0.195, 19  # convex images: the geometric law of half-planes, pixels
PART_STOP, PART_LEAST_AREA = 0.07, 10  # the same for the parts of the other class
BATCH = 4_096
FAR = 1_000  # a column no region reaches, for rows without a pixel
MOST_HALF_PLANES = 64


def rectangles(bits: PCG64, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Outlines of rectangles, one pixel thick: images (n, 28, 28) uint8, labels (n,).

    The label is 1 where a rectangle is wider than tall, else 0. Width and height are uniform over
    the pairs that differ by 3 or more, the position is uniform over those where the outline fits.
    """
    sizes = np.arange(LEAST_SIDE, SIDE + 1)
    pairs = np.array([(h, w) for h in sizes for w in sizes if abs(h - w) >= LEAST_DIFFERENCE])
    height, width = pairs[randomness.integers(bits, len(pairs), n)].T
    top = randomness.integers(bits, SIDE - height + 1, n)
    left = randomness.integers(bits, SIDE - width + 1, n)
    outer = _filled(top, left, height, width)
    inner = _filled(top + 1, left + 1, height - 2, width - 2)
    return _white(outer & ~inner), (width > height).astype(np.uint8) * WIDER


def _filled(top: np.ndarray, left: np.ndarray, height: np.ndarray, width: np.ndarray) -> np.ndarray:
    along = np.arange(SIDE)
    rows = (along >= top[:, None]) & (along < (top + height)[:, None])  # (n, 28)
    columns = (along >= left[:, None]) & (along < (left + width)[:, None])
    return rows[:, :, None] & columns[:, None, :]


def _white(regions: np.ndarray) -> np.ndarray:
    return regions.astype(np.uint8) * np.uint8(255)


def convex(bits: PCG64, n: int) -> tuple[np.ndarray, np.ndarray]:
    """White regions, half of them convex: images (n, 28, 28) uint8, labels (n,), 1 for convex.

    A convex region is an intersection of random half-planes, another one a union of two to four
    of these that is not convex. Both classes have the same distribution of areas, in steps of 28
    pixels, so that the number of white pixels says nothing about the class. (The paper balanced
    the means; as unions are larger, its constants alone do not do that here.)
    """
    half = (n + 1) // 2
    pairs = [np.empty((0, 2, SIDE, SIDE), bool)]
    while sum(map(len, pairs)) < half:
        pairs.append(_pairs(bits))
    regions = np.concatenate(pairs)[:half].reshape(-1, SIDE, SIDE)
    labels = np.tile(np.array([CONVEX, 0], np.uint8), half)
    order = randomness.permutation(bits, len(labels))[:n]
    return _white(regions[order]), labels[order]


def _pairs(bits: PCG64) -> np.ndarray:
    """Pairs (K, 2, 28, 28) of a convex region and another one of like area, in random order."""
    pairs = np.stack(matched(convex_regions(bits), nonconvex_regions(bits)), axis=1)
    return pairs[randomness.permutation(bits, len(pairs))]


def matched(*classes: np.ndarray) -> list[np.ndarray]:
    """As many regions of each area from every class (N, 28, 28): the first ones of each step."""
    steps = [regions.sum((1, 2)) // SIDE for regions in classes]
    counts = np.min([np.bincount(step, minlength=SIDE + 1) for step in steps], axis=0)
    return [regions[_first(step, counts)] for regions, step in zip(classes, steps, strict=True)]


def _first(step: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.concatenate(
        [np.flatnonzero(step == value)[:count] for value, count in enumerate(counts)]
    )


def convex_regions(bits: PCG64) -> np.ndarray:
    """The convex regions (K, 28, 28), bool, from one batch of candidates."""
    return intersections(bits, STOP, LEAST_AREA)


def nonconvex_regions(bits: PCG64) -> np.ndarray:
    """The unions that are not convex (K, 28, 28), bool, from one batch of candidates."""
    parts = intersections(bits, PART_STOP, PART_LEAST_AREA)
    ends = np.cumsum(2 + randomness.integers(bits, 3, len(parts)))  # two to four parts per union
    starts = np.concatenate([[0], ends[ends <= len(parts)]])
    unions = np.logical_or.reduceat(parts[: starts[-1]], starts[:-1])
    return unions[~is_convex(unions)]


def intersections(bits: PCG64, stop: float, least_area: int) -> np.ndarray:
    """Intersections (K, 28, 28) of random half-planes that have at least `least_area` pixels.

    The number of half-planes is geometric with parameter `stop`; the border of each goes through
    a uniform point of the image in a uniform direction.
    """
    number = half_plane_counts(bits, stop)
    regions = np.ones((BATCH, SIDE, SIDE), bool)
    large = np.ones(BATCH, bool)
    for index in range(number.max()):
        # A region only shrinks: one that is too small already needs no further draws.
        active = np.flatnonzero(large & (number > index))
        regions[active] &= _half_planes(bits, len(active))
        large[active] = regions[active].sum((1, 2)) >= least_area
    return regions[large]


def half_plane_counts(bits: PCG64, stop: float) -> np.ndarray:
    """How many half-planes each candidate of a batch has: geometric, at least one, at most 64."""
    below = 1 - np.cumprod(np.full(MOST_HALF_PLANES - 1, 1 - stop))  # P(number <= 1, 2, …)
    return 1 + np.searchsorted(below, randomness.uniform(bits, BATCH), side="right")


def _half_planes(bits: PCG64, n: int) -> np.ndarray:
    cosines, sines = randomness.directions(bits, n)
    x, y = SIDE * randomness.uniform(bits, 2, n)
    centres = np.arange(SIDE) + 0.5
    across = cosines[:, None] * (centres - x[:, None])  # (n, 28)
    down = sines[:, None] * (centres - y[:, None])
    return across[:, None, :] + down[:, :, None] >= 0


def is_convex(regions: np.ndarray) -> np.ndarray:
    """Whether each region (N, 28, 28) is convex: it has every pixel centre of its convex hull.

    Exact, in integers: for each row, the hull's first and last whole column are the extremes over
    all pairs of rows above and below of the line between their first (last) pixels.
    """
    count = regions.sum(2)
    first, last = _extremes(regions)
    hull_first, hull_last = first.copy(), last.copy()
    for top in range(SIDE - 2):
        for bottom in range(top + 2, SIDE):
            rows = slice(top + 1, bottom)
            start = -_between(-first[:, top], -first[:, bottom], bottom - top)  # rounded up
            end = _between(last[:, top], last[:, bottom], bottom - top)
            np.minimum(hull_first[:, rows], start, out=hull_first[:, rows])
            np.maximum(hull_last[:, rows], end, out=hull_last[:, rows])
    return (np.maximum(hull_last - hull_first + 1, 0) == count).all(1)


def _extremes(regions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    some = regions.any(2)
    first = np.where(some, regions.argmax(2), FAR).astype(np.int32)
    last = np.where(some, SIDE - 1 - regions[:, :, ::-1].argmax(2), -FAR).astype(np.int32)
    return first, last


def _between(upper: np.ndarray, lower: np.ndarray, height: int) -> np.ndarray:
    """The line from upper to lower (N,), rounded down, in the rows between: (N, height - 1)."""
    down = np.arange(1, height, dtype=np.int32)
    return (upper[:, None] * (height - down) + lower[:, None] * down) // height
