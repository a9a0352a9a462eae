"""Random edges and low rank with a random factor: values, and seeds for the rest."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from brainside.networks import architectures
from brainside.networks.parameters import fan_in, normal
from brainside.representations.compressed import Compressed
from brainside.representations.virtual import Expand, rebuilt


def edges(shape: torch.Size, count: int, seed: int, device: str = "cpu") -> Expand:
    """The expansion of values (1, count) to a weight that is zero but at random places."""
    order = torch.randperm(shape.numel(), generator=torch.Generator().manual_seed(seed))
    places = order[:count].sort().values.to(device)

    def expand(free: Tensor) -> Tensor:
        """The weight that has the values at its random places."""
        return free.new_zeros(shape.numel()).index_put((places,), free.flatten()).view(shape)

    return expand


def factored(shape: torch.Size, rank: int, seed: int, device: str = "cpu") -> Expand:
    """The expansion of V (outputs, rank) to V U, where the rows of U have length one on average."""
    factor = normal((rank, fan_in(shape)), 1 / fan_in(shape), seed=seed).to(device)
    return lambda free: (free @ factor).view(shape)


def rebuild_edges(compressed: Compressed) -> nn.Sequential:
    """The network with zeros where there is no edge."""
    return _rebuilt(
        compressed, "edges", lambda shape, free, seed: edges(shape, free.shape[1], seed)
    )


def rebuild_factor(compressed: Compressed) -> nn.Sequential:
    """The network of the products."""
    return _rebuilt(
        compressed, "factor", lambda shape, free, seed: factored(shape, free.shape[1], seed)
    )


def _rebuilt(compressed: Compressed, kind: str, expansion: Callable[..., Expand]) -> nn.Sequential:
    spec = compressed.spec
    shapes = architectures.shapes(spec["network"])
    layers = {
        name: expansion(shapes[name], compressed.weights[name], start)
        for name, start in spec[kind].items()
    }
    return rebuilt(compressed, layers)
