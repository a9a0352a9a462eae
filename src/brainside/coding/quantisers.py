"""Values shared among weights: k-means (Deep Compression), and uniform levels."""

import math
from dataclasses import replace

import numpy as np

from brainside.base.errors import Refused
from brainside.coding.matrices import Layer
from brainside.coding.values import MOST_LEVELS

ITERATIONS = 300
ROUNDS = 3  # of the entropies that a trade-off is made with


def k_means(layer: Layer, levels: int) -> Layer:
    """A layer with at most so many shared values, the centroids of its weights.

    Han 2016, section 3: Lloyd's iterations from centroids that divide the range of the weights
    evenly (linear initialisation). Centroids are rounded to 16 bits, clusters without weights go.
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
    """A layer with each value replaced by the nearest of ascending levels; unused ones go."""
    middles = (levels[:-1] + levels[1:]) / 2
    used, symbols = np.unique(np.searchsorted(middles, layer.values), return_inverse=True)
    return layer.shared(symbols, levels[used])


def uniform(layer: Layer, step: float, tradeoff: float, *, means: bool = False) -> Layer:
    """A layer whose values are multiples of a step; weights at zero are no longer kept.

    `means` puts the mean of its weights, rounded to 16 bits, in the place of each multiple.

    With a trade-off λ, each value takes the multiple q, of the nearest, the one below that in
    magnitude and zero, with the least (w/step − q)² + λ · bits, by the entropies of the last round.
    Raises Refused where there would be too many levels.
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
    """A layer whose levels are in any order, or equal, with each of them once, ascending."""
    levels, place = np.unique(layer.levels, return_inverse=True)
    return layer.shared(place[layer.symbols], levels)


def _means(values: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    sums = np.bincount(symbols, values.astype(np.float64))
    return (sums / np.bincount(symbols)).astype(np.float16).astype(np.float32)


def _traded(exact: np.ndarray, chosen: np.ndarray, size: int, tradeoff: float) -> np.ndarray:
    """Multiples of least cost, by the frequencies of the present ones among all entries."""
    lowest = int(chosen.min(initial=0))
    counts = np.bincount((chosen - lowest).astype(np.int64), minlength=1 - lowest).astype(float)
    counts[-lowest] += size - len(chosen)  # the entries that are not kept are zero
    price = -np.log2((counts + 0.1) / (counts + 0.1).sum())
    best, cost = np.zeros_like(exact), np.full(len(exact), np.inf)
    nearer_zero = np.sign(exact) * np.floor(np.abs(exact))
    for candidate in (np.rint(exact), nearer_zero, np.zeros_like(exact)):
        place = (candidate - lowest).astype(np.int64)
        known = (place >= 0) & (place < len(price))
        bits = price[np.where(known, place, 0)]
        new = np.where(known, (exact - candidate) ** 2 + tradeoff * bits, np.inf)
        best, cost = np.where(new < cost, candidate, best), np.minimum(cost, new)
    return best
