"""Entropies, in bits: lower bounds for codes that know only so much of a layer."""

import math

import numpy as np
from scipy.special import entr

from brainside.coding.matrices import Layer
from brainside.coding.webgraph import writing
from brainside.coding.webgraph.format import Format
from brainside.coding.webgraph.lists import of_mask
from brainside.coding.webgraph.masks import directed

ITERATIONS = 200
CLOSE = 1e-6  # of a row's or a column's count, relative


def of_density(mask: np.ndarray) -> float:
    """Entropy of a random mask that has the density of this one."""
    return mask.size * float(_entropy(mask.mean())) if mask.size else 0.0


def of_margins(mask: np.ndarray) -> float:
    """Entropy of a random mask (rows, columns) that has the row and column densities of this one.

    Among the models with independent entries that meet these densities it is the largest entropy:
    p/(1−p) = a·b, with one factor per row and one per column, which are fitted in turn. The cost
    of sending the densities is not included.
    """
    rows, columns = mask.sum(1), mask.sum(0)
    some = mask[(rows > 0) & (rows < mask.shape[1])][:, (columns > 0) & (columns < mask.shape[0])]
    if some.shape != mask.shape:  # full and empty ones are known, which leaves the others
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
    """Entropy of a layer's symbols, independent with their frequencies; NaN if none are shared."""
    if layer.symbols is None:
        return float("nan")
    return _of_numbers(layer.symbols)


def of_streams(mask: np.ndarray, form: Format, direction: str) -> float:
    """Entropy of the numbers that stand for a mask in the BV format, by streams.

    The numbers of a stream (outdegrees, references, residuals, …) are independent, with their
    frequencies, whose cost is not included: what an ideal code of order 0 would take in the place
    of γ and ζ, as Zuckerli's entropy codes do, when references are chosen as WebGraph does.
    """
    symbols = writing.written(of_mask(directed(mask, direction)), form)
    streams = [symbols.numbers[symbols.streams == stream] for stream in np.unique(symbols.streams)]
    return sum(_of_numbers(numbers) for numbers in streams)


def _of_numbers(numbers: np.ndarray) -> float:
    counts = np.unique(numbers, return_counts=True)[1]
    return float(-(counts * np.log2(counts / counts.sum())).sum())


def _entropy(p: np.ndarray | float) -> np.ndarray:
    bits: np.ndarray = (entr(p) + entr(1 - p)) / math.log(2)
    return bits
