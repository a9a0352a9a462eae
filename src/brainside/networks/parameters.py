"""The parameters of a network: weights and biases by name, initial values, fan-in."""

import math
from collections.abc import Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused

Network = TypeVar("Network", bound=nn.Module)


def split(network: nn.Module) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Weights (matrices and kernels) and biases (vectors) of a network, detached, by name.

    The running statistics of batch normalisation are vectors, too.
    """
    kept = {**dict(network.named_parameters()), **_statistics(network)}
    named = {name: p.detach().cpu().clone() for name, p in kept.items()}
    weights = {name: p for name, p in named.items() if p.dim() > 1}
    return weights, {name: p for name, p in named.items() if p.dim() <= 1}


def _statistics(network: nn.Module) -> dict[str, Tensor]:
    return {name: b for name, b in network.named_buffers() if b.is_floating_point()}


def fill(network: Network, weights: dict[str, Tensor], biases: dict[str, Tensor]) -> Network:
    """Put stored values into a network; RuntimeError where they are not all of its own."""
    counters = {n: b for n, b in network.named_buffers() if not b.is_floating_point()}
    network.load_state_dict({**counters, **weights, **biases})
    return network


def require_sequence(names: Iterable[str], what: str) -> None:
    """Refuse, naming what needs it, a network whose layers are not one sequence.

    `names` are those of its weights ("1.weight"). A layer inside another, such as a block with a
    skip connection, has more dots in them.
    """
    if inside := [name for name in names if name.count(".") > 1]:
        raise Refused(f"{what} is for layers in sequence; {inside[0]} is inside another layer")


def weight_of(layer: nn.Module) -> Tensor:
    """The weight of a layer that has one."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight


def normal(shape: torch.Size | tuple[int, ...], variance: float, *, seed: int) -> Tensor:
    """Normal values with mean zero and a variance, from a generator of their own."""
    generator = torch.Generator().manual_seed(seed)
    return math.sqrt(variance) * torch.randn(shape, generator=generator)


def fan_in(shape: torch.Size) -> int:
    """The number of inputs of one output, of a weight with a shape (outputs, inputs, …)."""
    return math.prod(shape[1:])
