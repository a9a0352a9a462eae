"""Random draws that are the same on every machine and with every version of NumPy.

Only the seeding and the raw 64-bit output of PCG64 are used, which NumPy keeps fixed. What its
Generator makes of them may change between versions (NEP 19), and a dataset's digest must not.
"""

import hashlib
import math

import numpy as np
from numpy.random import PCG64


def source(*parts: str) -> PCG64:
    """A source of random bits for one use, seeded by the words that name the use."""
    digest = hashlib.sha256("/".join(("brainside", *parts)).encode()).digest()
    return PCG64(int.from_bytes(digest[:8], "big"))


def uniform(bits: PCG64, *shape: int) -> np.ndarray:
    """Uniform numbers in [0, 1) of the given shape, float64, from the upper 53 of 64 bits."""
    raw = bits.random_raw(math.prod(shape)) >> np.uint64(11)
    return (raw * 2.0**-53).reshape(shape)


def integers(bits: PCG64, high: np.ndarray | int, *shape: int) -> np.ndarray:
    """Uniform whole numbers 0 … high - 1 of the given shape, int64; `high` may be an array."""
    return (uniform(bits, *shape) * high).astype(np.int64)


def grey(bits: PCG64, *shape: int) -> np.ndarray:
    """Uniform bytes (uint8) of the given shape, eight per draw."""
    count = math.prod(shape)
    raw = bits.random_raw(-(-count // 8)).astype("<u8")
    return raw.view(np.uint8)[:count].reshape(shape)


def permutation(bits: PCG64, n: int) -> np.ndarray:
    """A uniformly random permutation of 0 … n - 1, int64."""
    return np.argsort(bits.random_raw(n), kind="stable")


def directions(bits: PCG64, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines, (n,) each, of n angles that are uniform in [0, 2π).

    Rounded to nine decimals, since C libraries differ in the last bit of cos and sin.
    """
    return rounded_directions(2 * math.pi * uniform(bits, n))


def rounded_directions(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines of angles (n,) in radians, rounded to nine decimals."""
    cosines = np.array([round(math.cos(angle), 9) for angle in angles])
    return cosines, np.array([round(math.sin(angle), 9) for angle in angles])
