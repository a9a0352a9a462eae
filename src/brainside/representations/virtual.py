"""Weights expanded from fewer free values."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from brainside.networks import architectures
from brainside.networks.parameters import fill
from brainside.representations.compressed import Compressed

Expand = Callable[[Tensor], Tensor]  # free values -> a layer's weight


def rebuilt(compressed: Compressed, layers: Mapping[str, Expand]) -> nn.Sequential:
    """The ordinary network of free values and their expansions."""
    weights = {
        name: layers[name](free) if name in layers else free
        for name, free in compressed.weights.items()
    }
    return fill(architectures.build(compressed.spec["network"]), weights, compressed.biases)
