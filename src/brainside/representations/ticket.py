"""A random network of which only the kept connections are stored: weights come from a seed.

A layer's weights are one constant with signs; the constant follows from how many are kept, so that
units have the variance that they would have without pruning. There are no biases.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from brainside.networks import architectures
from brainside.networks.parameters import fill, split
from brainside.representations.compressed import Compressed
from brainside.representations.hashed import mixed
from brainside.representations.plain import placed


def constants(shape: torch.Size, kept: int, gain: float, *, seed: int) -> Tensor:
    """The weights of a layer if `kept` of them are: ±√(gain / connections kept of each output).

    A sign is the lowest bit of the hash of its place that HashedNets use, so that every machine has
    the same.
    """
    negative = mixed(np.arange(shape.numel(), dtype=np.uint64), seed=seed) & np.uint64(1)
    size = math.sqrt(gain * shape[0] / kept)
    return torch.from_numpy(np.where(negative, -size, size).astype(np.float32)).view(shape)


def rebuild(compressed: Compressed) -> nn.Sequential:
    """The network of the kept connections."""
    spec = compressed.spec["network"]
    network, gain = architectures.build(spec), architectures.gain(spec)
    weights, biases = split(network)
    filled = {}
    for name, seed in compressed.spec["signs"].items():
        positions, shape = compressed.structure[name], weights[name].shape
        values = constants(shape, max(1, len(positions)), gain, seed=seed)
        filled[name] = placed(positions, values.flatten()[positions.long()], shape, name)
    return fill(network, filled, {name: torch.zeros_like(b) for name, b in biases.items()})
