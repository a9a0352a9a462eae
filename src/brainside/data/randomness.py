"""Draws that are the same on every machine and with every numpy.

Only the raw 64-bit output of PCG64 and its seeding are used, which numpy keeps fixed; what its
Generator makes of them may change between versions (NEP 19), and a dataset's digest must not.
"""

import hashlib
import math

import numpy as np
from numpy.random import PCG64


def source(*parts: str) -> PCG64:
    """An independent source of bits for one use, named in words."""
    digest = hashlib.sha256("/".join(("brainside", *parts)).encode()).digest()
    return PCG64(int.from_bytes(digest[:8], "big"))


def uniform(bits: PCG64, *shape: int) -> np.ndarray:
    """Uniform numbers in [0, 1): the upper 53 of 64 bits, float64, of the shape."""
    raw = bits.random_raw(math.prod(shape)) >> np.uint64(11)
    return (raw * 2.0**-53).reshape(shape)


def integers(bits: PCG64, high: np.ndarray | int, *shape: int) -> np.ndarray:
    """Whole numbers uniform in 0 … high - 1 (int64); high may be an array of the shape."""
    return (uniform(bits, *shape) * high).astype(np.int64)


def grey(bits: PCG64, *shape: int) -> np.ndarray:
    """Uniform bytes (uint8), eight from every draw, of the shape."""
    count = math.prod(shape)
    raw = bits.random_raw(-(-count // 8)).astype("<u8")
    return raw.view(np.uint8)[:count].reshape(shape)


def permutation(bits: PCG64, n: int) -> np.ndarray:
    """A uniformly random order of 0 … n - 1 (int64)."""
    return np.argsort(bits.random_raw(n), kind="stable")


def directions(bits: PCG64, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines (n,) of n angles uniform in [0, 2π).

    Rounded to nine decimals, since C libraries differ in the last bit of cos and sin.
    """
    return rounded_directions(2 * math.pi * uniform(bits, n))


def rounded_directions(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines of angles (n,) in radians, rounded to nine decimals."""
    cosines = np.array([round(math.cos(angle), 9) for angle in angles])
    return cosines, np.array([round(math.sin(angle), 9) for angle in angles])
