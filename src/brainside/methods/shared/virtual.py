"""Networks whose weights are computed from fewer free values, and their training."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.methods.contract import Point
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.virtual import Expand
from brainside.training import loop


class Virtual(nn.Module):
    """A fully connected or convolutional layer whose weight is computed as `expand(free)`."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, free: Tensor, expand: Expand):
        """Take over the layer's bias and geometry."""
        super().__init__()
        assert layer.bias is not None
        self.layer, self.expand = [layer], expand  # in a list: its weight is not a parameter
        self.free = nn.Parameter(free)
        self.bias = nn.Parameter(layer.bias.detach())

    def forward(self, x: Tensor) -> Tensor:
        """The layer's outputs."""
        layer, weight = self.layer[0], self.expand(self.free)
        if isinstance(layer, nn.Linear):
            return functional.linear(x, weight, self.bias)
        return functional.conv2d(
            x, weight, self.bias, layer.stride, layer.padding, layer.dilation, layer.groups
        )


def put_virtual(network: nn.Module, name: str, free: Tensor, expand: Expand) -> None:
    """Compute a weight ("1.weight") of a network from free values from now on.

    Raises Refused for a layer that is neither fully connected nor a convolution with biases.
    """
    path = name.removesuffix(".weight")
    layer = network.get_submodule(path)
    if not isinstance(layer, nn.Linear | nn.Conv2d) or layer.bias is None:
        kind = type(layer).__name__ + (
            "" if getattr(layer, "bias", None) is None else " with biases"
        )
        raise Refused(
            f"weights are computed in linear layers and convolutions with biases; {path} is {kind}"
        )
    parent, _, last = path.rpartition(".")
    setattr(network.get_submodule(parent), last, Virtual(layer, free, expand))


def train_virtual(
    point: Point,
    spec: Mapping[str, Any],
    layers: Mapping[str, tuple[Tensor, Expand]],
    *,
    rebuild: str,
    structure: Mapping[str, Tensor] | None = None,
    objective: loop.Objective | None = None,
    network: nn.Sequential | None = None,
    epochs_before: int = 0,
    **columns: Any,
) -> Compressed:
    """Train the network of `spec["network"]` in the free values of some layers, and store those.

    `layers` has initial free values and expansion by the weight's name ("1.weight"); layers that
    it does not name keep their weights, which are those of `network` where it is given and new ones
    otherwise. `rebuild` names the function that rebuilds the network; `structure` are tensors that
    it needs and that are stored; `columns` go into the record. Epochs are counted on from
    `epochs_before`.
    """
    network = network or architectures.build(spec["network"], seed=point.seed)
    for name, (free, expand) in layers.items():
        put_virtual(network, name, free.to(point.task.device), expand)
    trained = point.train(network, objective=objective)
    weights, biases = split(network)
    return Compressed(
        point.budget,
        rebuild,
        dict(spec),
        {name.replace(".free", ".weight"): weight for name, weight in weights.items()},
        biases,
        dict(structure or {}),
        columns=columns | trained.columns(epochs_before),
    )
