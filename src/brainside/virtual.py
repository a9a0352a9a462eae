"""Layers whose weights are computed from fewer free values, and networks made of them."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside import networks
from brainside.coding.compressed import Compressed
from brainside.progress import Progress
from brainside.representations import fill, split
from brainside.task import Task
from brainside.training import Objective, train

Expand = Callable[[Tensor], Tensor]  # free values -> a layer's weight


class Virtual(nn.Module):
    """A linear or convolutional layer with `expand(free)` in the place of its weight."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, free: Tensor, expand: Expand):
        """Take over the layer's bias and geometry."""
        super().__init__()
        self.layer, self.expand = [layer], expand  # in a list: its weight is no parameter of ours
        self.free = nn.Parameter(free)
        self.bias = nn.Parameter(layer.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """What the layer computes."""
        layer, weight = self.layer[0], self.expand(self.free)
        if isinstance(layer, nn.Linear):
            return functional.linear(x, weight, self.bias)
        return functional.conv2d(x, weight, self.bias, layer.stride, layer.padding)


def put_virtual(network: nn.Module, name: str, free: Tensor, expand: Expand) -> None:
    """Compute a weight ("1.weight") of a network from free values from now on."""
    place = name.removesuffix(".weight")
    setattr(network, place, Virtual(network.get_submodule(place), free, expand))


def train_virtual(
    task: Task,
    spec: Mapping[str, Any],
    layers: Mapping[str, tuple[Tensor, Expand]],
    recipe: Mapping[str, Any],
    *,
    rebuild: str,
    budget: float,
    seed: int,
    progress: Progress,
    structure: Mapping[str, Tensor] | None = None,
    objective: Objective | None = None,
    **columns: Any,
) -> Compressed:
    """Train the network of `spec["network"]` in the free values of some layers, and store those.

    `layers` has initial free values and expansion by the weight's name ("1.weight"); layers that
    it does not name keep their weights. `rebuild` names the function that makes the network again.
    """
    network = networks.build(spec["network"], seed=seed)
    for name, (free, expand) in layers.items():
        put_virtual(network, name, free, expand)
    trained = train(network, task.data, recipe, seed=seed, progress=progress, objective=objective)
    weights, biases = split(network)
    stored = {n.replace(".free", ".weight"): w for n, w in weights.items()}
    columns |= {"epochs_total": trained.epochs, "diverged": trained.diverged,
                "valid_loss_before": trained.valid_loss_before}  # fmt: skip
    return Compressed(
        budget, rebuild, dict(spec), stored, biases, dict(structure or {}), columns=columns
    )


def rebuilt(compressed: Compressed, layers: Mapping[str, Expand]) -> nn.Module:
    """The ordinary network of free values and their expansions."""
    weights = {
        name: layers[name](free) if name in layers else free
        for name, free in compressed.weights.items()
    }
    return fill(networks.build(compressed.spec["network"]), weights, compressed.biases)


def he(shape: torch.Size | tuple[int, ...], variance: float, *, seed: int) -> Tensor:
    """Normal values of a variance, from a generator of their own."""
    generator = torch.Generator().manual_seed(seed)
    return math.sqrt(variance) * torch.randn(shape, generator=generator)


def fan_in(shape: torch.Size) -> int:
    """Inputs of one output."""
    return math.prod(shape[1:])
