"""Changes of hidden units that leave what a network computes as it is.

They are a permutation of the units, and zero biases for units that no weight reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from brainside.coding.matrices import Layer, layers_of, stored
from brainside.networks.architectures import build
from brainside.representations.compressed import OWN_WEIGHTS, Compressed

# Layers that treat every unit (channel) alike, one by one.
ALIKE = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d,
         nn.Dropout, nn.Flatten, nn.BatchNorm1d, nn.BatchNorm2d, nn.Linear, nn.Conv2d)  # fmt: skip

LEAF = 2  # units that are not halved any more
EXCHANGES = 20  # rounds at most


def reordered(compressed: Compressed, order: str) -> Compressed:
    """Reorder the hidden units of a network; what it computes stays the same.

    `order` is `stored` (as they are), `degree` (units that keep most weights first), `first` (by
    the first weight that a unit keeps), `similarity` (each unit after the one most like it, by
    the intersection over the union of what they keep), or `bisection` (units that keep weights of
    the same inputs in the same half, and so on within halves). A network that is not a chain of
    layers is returned as it is.
    """
    if order == "stored" or not _is_chain(compressed):
        return compressed
    layers = layers_of(compressed)
    weights, masks = [x.dense() for x in layers], [x.mask() for x in layers]
    vectors = {name: vector.numpy() for name, vector in compressed.biases.items()}
    for n in range(len(layers) - 1):
        by = ORDERS[order](masks[n])
        for arrays in (weights, masks):
            arrays[n] = arrays[n][by]
            arrays[n + 1] = _columns(arrays[n + 1], by)
        for name in _between(layers[n : n + 2], vectors):
            vectors[name] = vectors[name][by]
    changed = [
        replace(layer, positions=np.flatnonzero(mask), values=weight.reshape(-1)[mask.reshape(-1)])
        for layer, weight, mask in zip(layers, weights, masks, strict=True)
    ]
    return stored(compressed, changed, vectors)


def without_dead_biases(compressed: Compressed) -> Compressed:
    """A network with zeros for the biases of hidden units that no weight reads.

    A network that is not a chain of layers is returned as it is.
    """
    if not _is_chain(compressed):
        return compressed
    layers, biases = layers_of(compressed), dict(compressed.biases)
    for n in range(len(layers) - 1):
        units = len(layers[n].mask())
        read = layers[n + 1].mask().reshape(-1, units, layers[n + 1].mask().shape[1] // units)
        alive = torch.from_numpy(read.any((0, 2)))
        for name in _between(layers[n : n + 2], biases):
            biases[name] = biases[name] * alive
    return replace(compressed, biases=biases)


def _between(layers: Sequence[Layer], vectors: Mapping[str, Any]) -> list[str]:
    """The vectors with one number per unit of the first of two layers, its own or after it."""
    first, last = (_index(layer.name) for layer in layers)
    units = (len(layers[0].mask()),)
    return [n for n, v in vectors.items() if first <= _index(n) < last and tuple(v.shape) == units]


def by_degree(mask: np.ndarray) -> np.ndarray:
    """Order units (rows) by the number of weights that they keep, most first."""
    return np.argsort(-mask.sum(1), kind="stable")


def by_first(mask: np.ndarray) -> np.ndarray:
    """Order units by the column of their first kept weight; those without any come last."""
    return np.argsort(np.where(mask.any(1), mask.argmax(1), mask.shape[1]), kind="stable")


def by_similarity(mask: np.ndarray) -> np.ndarray:
    """Chain units, starting with the one that keeps most: next comes the most similar other one."""
    kept = mask.astype(np.float32)
    overlap, degrees = kept @ kept.T, kept.sum(1)
    similarity = overlap / np.maximum(1, degrees[:, None] + degrees - overlap)
    chain, free = [int(degrees.argmax())], np.ones(len(mask), bool)
    for _ in range(len(mask) - 1):
        free[chain[-1]] = False
        chain.append(int(np.where(free, similarity[chain[-1]], -1).argmax()))
    return np.array(chain)


def by_bisection(mask: np.ndarray) -> np.ndarray:
    """Order units by recursive graph bisection (Dhulipala et al. 2016, section 4).

    Units are halved, and exchanged in pairs between the halves while that lowers the sum, over
    halves and inputs, of d log₂(n / (d + 1)): n units of a half, of which d keep the input. Then
    each half is ordered so. Gains are whole numbers, so that every machine has the same order.
    """
    units = np.arange(len(mask))
    return np.concatenate(_bisected(mask.astype(np.float64), units)) if len(mask) else units


def _bisected(kept: np.ndarray, units: np.ndarray) -> list[np.ndarray]:
    if len(units) <= LEAF:
        return [units]
    left, right = np.split(units, [len(units) // 2])
    for _ in range(EXCHANGES):
        degrees = kept[left].sum(0), kept[right].sum(0)
        gains = [_gains(kept[left], *degrees, len(left), len(right)),
                 _gains(kept[right], *degrees[::-1], len(right), len(left))]  # fmt: skip
        firsts, seconds = (np.argsort(-gain, kind="stable") for gain in gains)
        pairs = min(len(left), len(right))
        together = gains[0][firsts[:pairs]] + gains[1][seconds[:pairs]]
        firsts, seconds = firsts[:pairs][together > 0], seconds[:pairs][together > 0]
        if not len(firsts):
            break
        left[firsts], right[seconds] = right[seconds], left[firsts]
    return _bisected(kept, left) + _bisected(kept, right)


def _gains(
    kept: np.ndarray, own: np.ndarray, others: np.ndarray, units: int, other_units: int
) -> np.ndarray:
    """By how many 1/65,536 bits the cost falls when each of these units goes to the other half."""
    before = _cost(own, units) + _cost(others, other_units)
    after = _cost(np.maximum(own - 1, 0), units) + _cost(others + 1, other_units)
    gains: np.ndarray = kept @ np.rint((before - after) * 65_536)
    return gains


def _cost(degrees: np.ndarray, units: int) -> np.ndarray:
    cost: np.ndarray = degrees * np.log2(units / (degrees + 1))
    return cost


ORDERS = {"degree": by_degree, "first": by_first, "similarity": by_similarity,
          "bisection": by_bisection}  # fmt: skip


def _is_chain(compressed: Compressed) -> bool:
    """Whether units can be permuted: a sequence of layers that stores its own weights."""
    if compressed.rebuild not in OWN_WEIGHTS:
        return False
    network = build(compressed.spec)
    return isinstance(network, nn.Sequential) and all(
        isinstance(layer, ALIKE) and getattr(layer, "groups", 1) == 1 for layer in network
    )


def _columns(array: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Reorder the inputs of a layer (units, inputs, …); feature maps may be flattened."""
    grouped = array.reshape(len(array), len(by), -1)
    return grouped[:, by].reshape(array.shape)


def _index(name: str) -> int:
    """The index of a layer in its sequence: 3 for "3.weight"."""
    return int(name.partition(".")[0])
