"""Values as sums of random numbers: n bits say which of a weight's n candidates are added up.

Pensia et al. 2020 (arXiv 2006.07990), section 3: a subset of O(log 1/ε) random numbers comes within
ε of any target. The candidates come from a fixed seed, so that a file has the bits alone.
"""

import struct

import numpy as np

from brainside.base.errors import Refused
from brainside.coding import bits

SEED = 0
MOST = 12  # candidates of a weight
HEAD = struct.Struct("<fB")  # what the unit of the candidates stands for, and their number
UNIT = 1 << 23  # candidates are whole numbers from −UNIT to UNIT, so that their sums are exact
SCALES = 2.0 ** np.arange(-2, 2.5, 0.5)  # that are tried, in root mean squares of the values
ENTRIES = 1 << 22  # distances at a time, of weights to the sums of their subsets


def encode(values: np.ndarray, count: int) -> bytes:
    """Write values (n,), float32, as the nearest sums of subsets of `count` candidates each.

    Of a few scales of all candidates, the one with the least squared error. Raises Refused where
    a value is not finite.
    """
    if not np.isfinite(values).all():
        raise Refused("a weight is not finite: it has no subset sum")
    exact = values.astype(np.float64)
    spread = float(np.sqrt(np.square(exact).mean())) if len(exact) else 0.0
    scales = np.unique((spread * SCALES).astype(np.float32)) if spread else np.zeros(1, np.float32)
    found = [_nearest(exact, float(scale), count) for scale in scales]
    best = min(range(len(found)), key=lambda number: found[number][1])
    return HEAD.pack(scales[best], count) + bits.fix(found[best][0], count)


def decode(blob: bytes, count: int) -> np.ndarray:
    """Read `count` values, float32, that `encode` wrote; ValueError for other bytes."""
    scale, candidates = HEAD.unpack_from(blob)
    if not (1 <= candidates <= MOST and np.isfinite(scale)):
        raise ValueError("no subset sums")
    chosen = bits.unfix(blob[HEAD.size :], count, candidates)
    numbers = _candidates(count, candidates)
    sums = np.where(_members(chosen, candidates), numbers, 0).sum(1)
    return (sums * (scale / UNIT)).astype(np.float32)


def _nearest(values: np.ndarray, scale: float, count: int) -> tuple[np.ndarray, float]:
    """The subsets (n,), as whole numbers, whose sums are nearest, and their squared error."""
    subsets = _members(np.arange(1 << count), count).T.astype(np.float64)
    chosen, error = [np.zeros(0, np.int64)], 0.0
    numbers = _candidates(len(values), count).astype(np.float64)  # whole: their sums are exact
    for start in range(0, len(values), ENTRIES >> count):
        part = slice(start, start + (ENTRIES >> count))
        gaps = np.abs((numbers[part] @ subsets) * (scale / UNIT) - values[part, None])
        chosen.append(gaps.argmin(1))
        error += float(np.square(gaps.min(1)).sum())
    return np.concatenate(chosen), error


def _candidates(weights: int, count: int) -> np.ndarray:
    """Whole numbers (weights, count), evenly distributed from −UNIT to UNIT."""
    raw = np.random.PCG64(SEED).random_raw(weights * count)
    return (raw >> np.uint64(40)).astype(np.int64).reshape(weights, count) - UNIT


def _members(subsets: np.ndarray, count: int) -> np.ndarray:
    """Which candidates belong to each subset, boolean (n, count)."""
    return (subsets[:, None] >> np.arange(count)) & 1 == 1
