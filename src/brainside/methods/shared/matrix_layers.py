"""The layers that are a matrix applied to vectors: fully connected ones and convolutions."""

from torch import nn

from brainside.base.errors import Refused
from brainside.methods.contract import Run
from brainside.representations.compressed import DENSE, Compressed


def dense_start(run: Run, method: str) -> Compressed:
    """The network that a run starts from; Refused, naming the method, where it is not dense."""
    if run.start_network.rebuild != DENSE:
        raise Refused(f"{method} starts from a dense network; write `reference: true`")
    return run.start_network


def matrix_layers(network: nn.Module, method: str) -> dict[str, nn.Linear | nn.Conv2d]:
    """The layers with weights, by the weight's name ("1.weight"), in the order of the network.

    Raises Refused, naming the method, the layer and its kind, for a layer whose weight is not one
    matrix (a convolution in groups, or one whose maps read some maps only), or that is inside of
    another layer.
    """
    layers: dict[str, nn.Linear | nn.Conv2d] = {}
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
            f"{method} takes fully connected layers and convolutions in one row; layer {path} is "
            f"a {name}"
        )
    return layers
