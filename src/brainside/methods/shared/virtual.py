"""Layers whose weights are computed from fewer free values, and networks made of them."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from brainside.base.progress import Progress
from brainside.methods.contract import Task
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.virtual import Expand
from brainside.training.loop import Objective, train


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
    network = architectures.build(spec["network"], seed=seed)
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
