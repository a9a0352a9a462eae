"""Quantisers, which make weights share values: k-means (Deep Compression) and uniform levels."""

import math
from dataclasses import replace

import numpy as np

from brainside.base.errors import Refused
from brainside.coding.matrices import Layer
from brainside.coding.values import MOST_LEVELS

ITERATIONS = 300
ROUNDS = 3  # of the entropies that a trade-off is made with


def k_means(layer: Layer, levels: int) -> Layer:
    """Quantise a layer by k-means to at most `levels` shared values, the centroids of clusters.

    Han 2016, section 3: Lloyd's iterations from centroids that divide the range of the weights
    evenly (linear initialisation). Centroids are rounded to 16 bits, empty clusters are dropped.
    """
    if not len(layer.values):
        return layer.shared(np.zeros(0, np.int64), np.zeros(0, np.float32))
    ordered = np.sort(layer.values.astype(np.float64))
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    centroids = np.linspace(ordered[0], ordered[-1], levels)
    for _ in range(ITERATIONS):
        ends = np.searchsorted(ordered, (centroids[:-1] + centroids[1:]) / 2, side="right")
        ends = np.concatenate([[0], ends, [len(ordered)]])
        counts = np.diff(ends)
        means = np.where(counts > 0, np.diff(sums[ends]) / np.maximum(counts, 1), centroids)
        if np.array_equal(means, centroids):
            break
        centroids = means
    return nearest(layer, np.unique(centroids.astype(np.float16).astype(np.float32)))


def nearest(layer: Layer, levels: np.ndarray) -> Layer:
    """Replace each value of a layer by the nearest of ascending levels; drop unused levels."""
    middles = (levels[:-1] + levels[1:]) / 2
    used, symbols = np.unique(np.searchsorted(middles, layer.values), return_inverse=True)
    return layer.shared(symbols, levels[used])


def uniform(layer: Layer, step: float, tradeoff: float, *, means: bool = False) -> Layer:
    """Quantise a layer to multiples of a step; weights that become zero are no longer kept.

    With a trade-off λ each weight w takes the multiple q with the least (w/step − q)² + λ · bits,
    among the nearest one, the next one towards zero, and zero; bits are by the frequencies of the
    last round. With `means`, each multiple is replaced by the mean of its weights, rounded to 16
    bits. Raises Refused when there would be too many levels.
    """
    exact = layer.values.astype(np.float64) / step
    if not np.abs(exact).max(initial=0) < MOST_LEVELS // 2:
        raise Refused(f"{layer.name}: step {step:g} makes too many levels; take a larger one")
    chosen = np.rint(exact)
    for _ in range(ROUNDS if tradeoff else 0):
        chosen = _traded(exact, chosen, math.prod(layer.shape), tradeoff)
    multiples = chosen.astype(np.int64)
    kept = multiples != 0
    used, symbols = np.unique(multiples[kept], return_inverse=True)
    thinned = replace(layer, positions=layer.positions[kept], values=layer.values[kept])
    if means:
        return merged(thinned.shared(symbols, _means(thinned.values, symbols)))
    return thinned.shared(symbols, used.astype(np.float32) * np.float32(step), step)


def merged(layer: Layer) -> Layer:
    """Sort the levels of a layer and merge equal ones."""
    symbols, levels = layer.codebook()
    ascending, rank = np.unique(levels, return_inverse=True)
    return layer.shared(rank[symbols], ascending)


def _means(values: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    sums = np.bincount(symbols, values.astype(np.float64))
    return (sums / np.bincount(symbols)).astype(np.float16).astype(np.float32)


def _traded(exact: np.ndarray, chosen: np.ndarray, size: int, tradeoff: float) -> np.ndarray:
    """The multiples of least cost, by the frequencies that `chosen` has among all entries."""
    lowest = int(chosen.min(initial=0))
    counts = np.bincount((chosen - lowest).astype(np.int64), minlength=1 - lowest).astype(float)
    counts[-lowest] += size - len(chosen)  # the entries that are not kept are zero
    price = -np.log2((counts + 0.1) / (counts + 0.1).sum())
    best, cost = np.zeros_like(exact), np.full(len(exact), np.inf)
    nearer_zero = np.sign(exact) * np.floor(np.abs(exact))
    for candidate in (np.rint(exact), nearer_zero, np.zeros_like(exact)):
        index = (candidate - lowest).astype(np.int64)
        known = (index >= 0) & (index < len(price))
        bits = price[np.where(known, index, 0)]
        new = np.where(known, (exact - candidate) ** 2 + tradeoff * bits, np.inf)
        best, cost = np.where(new < cost, candidate, best), np.minimum(cost, new)
    return best
