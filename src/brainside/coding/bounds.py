"""Entropies, in bits: lower bounds for codes that know only so much of a layer."""

import math

import numpy as np
from scipy.special import entr

from brainside.coding.matrices import Layer
from brainside.coding.webgraph import writing
from brainside.coding.webgraph.format import Format
from brainside.coding.webgraph.lists import of_mask
from brainside.coding.webgraph.masks import directed
from brainside.representations import margins


def of_density(mask: np.ndarray) -> float:
    """Entropy of a random mask that has the density of this one."""
    return mask.size * float(_entropy(mask.mean())) if mask.size else 0.0


def of_margins(mask: np.ndarray) -> float:
    """Entropy of a random mask (rows, columns) that has the row and column densities of this one.

    It is the largest of all with independent entries (see `margins.fitted`). The cost of sending
    the densities is not included.
    """
    rows, columns = margins.undecided(mask)
    return float(_entropy(margins.fitted(mask[rows][:, columns])).sum())


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
