"""The order of hidden units, which the function of a network does not depend on."""

import re
from dataclasses import replace

import numpy as np
from torch import nn

from brainside.coding.matrices import layers_of, stored
from brainside.networks.architectures import build
from brainside.representations.compressed import OWN_WEIGHTS, Compressed

# Layers that treat every unit (channel) alike, one by one.
ALIKE = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.MaxPool2d, nn.AvgPool2d, nn.Dropout, nn.Flatten,
         nn.BatchNorm1d, nn.BatchNorm2d, nn.Linear, nn.Conv2d)  # fmt: skip
NAME = re.compile(r"(\d+)\.\w+")


def reordered(compressed: Compressed, order: str) -> Compressed:
    """A network that computes the same, its hidden units in another order.

    `order` is stored (as they are), degree (how many weights a unit keeps, most first), first (the
    first weight that it keeps), or similarity (each after the unit most like it: the largest
    overlap of what they keep, over the union). Networks that are no chain of layers stay as they
    are.
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
        first, last = _place(layers[n].name), _place(layers[n + 1].name)
        for name, vector in vectors.items():
            if first <= _place(name) < last and vector.shape == (len(by),):
                vectors[name] = vector[by]
    changed = [
        replace(layer, positions=np.flatnonzero(mask), values=weight.reshape(-1)[mask.reshape(-1)])
        for layer, weight, mask in zip(layers, weights, masks, strict=True)
    ]
    return stored(compressed, changed, vectors)


def by_degree(mask: np.ndarray) -> np.ndarray:
    """Units (rows) by the number of weights that they keep, most first."""
    return np.argsort(-mask.sum(1), kind="stable")


def by_first(mask: np.ndarray) -> np.ndarray:
    """Units by the column of the first weight that they keep, those without any last."""
    return np.argsort(np.where(mask.any(1), mask.argmax(1), mask.shape[1]), kind="stable")


def by_similarity(mask: np.ndarray) -> np.ndarray:
    """Units in a chain from the one that keeps most: next is the most similar of the others."""
    kept = mask.astype(np.float32)
    overlap, degrees = kept @ kept.T, kept.sum(1)
    similarity = overlap / np.maximum(1, degrees[:, None] + degrees - overlap)
    chain, left = [int(degrees.argmax())], np.ones(len(mask), bool)
    for _ in range(len(mask) - 1):
        left[chain[-1]] = False
        chain.append(int(np.where(left, similarity[chain[-1]], -1).argmax()))
    return np.array(chain)


ORDERS = {"degree": by_degree, "first": by_first, "similarity": by_similarity}


def _is_chain(compressed: Compressed) -> bool:
    """Whether units can be permuted: a sequence of layers, stored by their own names."""
    if compressed.rebuild not in OWN_WEIGHTS:
        return False
    network = build(compressed.spec)
    return isinstance(network, nn.Sequential) and all(
        isinstance(layer, ALIKE) and getattr(layer, "groups", 1) == 1 for layer in network
    )


def _columns(array: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A layer (units, inputs …) with its inputs in another order; maps may be flattened."""
    grouped = array.reshape(len(array), len(by), -1)
    return grouped[:, by].reshape(array.shape)


def _place(name: str) -> int:
    return int(NAME.fullmatch(name)[1])
