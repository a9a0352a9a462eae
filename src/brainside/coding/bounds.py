"""Entropies: what no code can go below that knows only so much, in bits."""

import math

import numpy as np
from scipy.special import entr

from brainside.coding.matrices import Layer

ITERATIONS = 200
CLOSE = 1e-6  # of a row's or a column's count, relative


def of_density(mask: np.ndarray) -> float:
    """Bits of a random mask with the density of this one."""
    return mask.size * float(_entropy(mask.mean())) if mask.size else 0.0


def of_margins(mask: np.ndarray) -> float:
    """Bits of a random mask (rows, columns) with the row and column densities of this one.

    Of all models in which entries are independent and these densities are met, that of largest
    entropy: p/(1−p) = a·b with a factor a row and a factor a column, found by fitting rows and
    columns in turn. What the densities cost to send is not in it.
    """
    rows, columns = mask.sum(1), mask.sum(0)
    some = mask[(rows > 0) & (rows < mask.shape[1])][:, (columns > 0) & (columns < mask.shape[0])]
    if some.shape != mask.shape:  # full and empty ones are known: the others are what is left
        return of_margins(some)
    if not mask.size:
        return 0.0
    a, b = np.ones(len(mask)), columns / np.maximum(1, len(mask) - columns)
    for _ in range(ITERATIONS):
        odds = a[:, None] * b
        a *= rows / (odds / (1 + odds)).sum(1)
        odds = a[:, None] * b
        p = odds / (1 + odds)
        b *= columns / p.sum(0)
        if np.abs(p.sum(0) / columns - 1).max() < CLOSE:
            break
    return float(_entropy(p).sum())


def of_symbols(layer: Layer) -> float:
    """Bits of a layer's shared values, independent with their frequencies; NaN where not shared."""
    if layer.symbols is None:
        return float("nan")
    counts = np.bincount(layer.symbols)
    counts = counts[counts > 0]
    return float(-(counts * np.log2(counts / counts.sum())).sum())


def _entropy(p: np.ndarray | float) -> np.ndarray:
    return (entr(p) + entr(1 - p)) / math.log(2)
