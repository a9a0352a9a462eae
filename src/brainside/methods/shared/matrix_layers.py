"""The layers that are a matrix applied to vectors: fully connected ones and convolutions."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.methods.contract import Run
from brainside.methods.shared.layer_derivatives import UNFOLDED
from brainside.representations.compressed import DENSE, Compressed

BATCH = 250  # images at a time
Layer = nn.Linear | nn.Conv2d


def dense_start(run: Run, method: str) -> Compressed:
    """The network that a run starts from; Refused, naming the method, where it is not dense."""
    if run.start_network.rebuild != DENSE:
        raise Refused(f"{method} starts from a dense network; write `reference: true`")
    return run.start_network


def matrix_layers(network: nn.Module, method: str) -> dict[str, Layer]:
    """The layers with weights, by the weight's name ("1.weight"), in the order of the network.

    Raises Refused, naming the method, the layer and its kind, for a layer whose weight is not one
    matrix (a convolution in groups, or one whose maps read some maps only), or that is inside
    another layer.
    """
    layers: dict[str, Layer] = {}
    for path, layer in network.named_modules():
        weights = [n for n, p in layer.named_parameters(recurse=False) if p.dim() > 1]
        if not weights:
            continue
        name = type(layer).__name__
        if isinstance(layer, nn.Conv2d) and layer.groups > 1:
            name += " in groups"
        elif isinstance(layer, nn.Linear | nn.Conv2d) and "." not in path:
            layers[f"{path}.weight"] = layer
            continue
        raise Refused(
            f"{method} takes fully connected layers and convolutions in sequence; layer {path} is "
            f"a {name}"
        )
    return layers


@torch.no_grad()
def for_inputs(
    network: nn.Module,
    layers: Mapping[str, Layer],
    images: Tensor,
    use: Callable[[str, Tensor], None],
) -> None:
    """Call `use` with each layer's name and inputs (uses, inputs), some images at a time.

    The network is moved to the CPU and to evaluation mode.
    """

    def hook(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        """Hand on a layer's inputs as its matrix multiplies them."""
        use(names[layer], columns(layer, inputs[0]))

    names: dict[nn.Module, str] = {layer: name for name, layer in layers.items()}
    hooks = [layer.register_forward_pre_hook(hook) for layer in layers.values()]
    network.cpu().eval()
    for batch in images.split(BATCH):
        network(batch)
    for handle in hooks:
        handle.remove()


def columns(layer: nn.Module, x: Tensor) -> Tensor:
    """What a layer multiplies by its matrix, (uses, inputs): its inputs, or their patches."""
    if not isinstance(layer, nn.Conv2d):
        return x.flatten(0, -2)
    geometry: dict[str, Any] = {field: getattr(layer, field) for field in UNFOLDED}
    patches = functional.unfold(x, layer.weight.shape[2:], **geometry)
    return patches.transpose(1, 2).flatten(0, 1)
