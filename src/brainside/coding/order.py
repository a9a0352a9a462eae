"""The order of hidden units, which can be changed without changing what a network computes."""

from dataclasses import replace

import numpy as np
from torch import nn

from brainside.coding.matrices import layers_of, stored
from brainside.networks.architectures import build
from brainside.representations.compressed import OWN_WEIGHTS, Compressed

# Layers that treat every unit (channel) alike, one by one.
ALIKE = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.MaxPool2d, nn.AvgPool2d, nn.Dropout, nn.Flatten,
         nn.BatchNorm1d, nn.BatchNorm2d, nn.Linear, nn.Conv2d)  # fmt: skip


def reordered(compressed: Compressed, order: str) -> Compressed:
    """Reorder the hidden units of a network; what it computes stays the same.

    `order` is `stored` (as they are), `degree` (units that keep most weights first), `first` (by
    the first weight that a unit keeps), or `similarity` (each unit after the one most like it, by
    the intersection over the union of what they keep). A network that is no chain of layers is
    returned as it is.
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
        first, last = _index(layers[n].name), _index(layers[n + 1].name)
        for name, vector in vectors.items():
            if first <= _index(name) < last and vector.shape == (len(by),):
                vectors[name] = vector[by]
    changed = [
        replace(layer, positions=np.flatnonzero(mask), values=weight.reshape(-1)[mask.reshape(-1)])
        for layer, weight, mask in zip(layers, weights, masks, strict=True)
    ]
    return stored(compressed, changed, vectors)


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


ORDERS = {"degree": by_degree, "first": by_first, "similarity": by_similarity}


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
