"""Multiply-adds and connectivity of a network, counted from its weights."""

import torch
from torch import Tensor, nn

from brainside.networks.layers import PartialConv2d
from brainside.networks.parameters import weight_of


def multiply_adds(network: nn.Module, image_shape: tuple[int, ...]) -> int:
    """Multiply-adds of one image: non-zero weights times the positions where each is used."""
    return sum(multiply_adds_by_layer(network, image_shape).values())


def multiply_adds_by_layer(network: nn.Module, image_shape: tuple[int, ...]) -> dict[str, int]:
    """Multiply-adds of one image by weight ("1.weight"), in the order in which layers are used."""
    names = {layer: f"{name}.weight" for name, layer in network.named_modules()}
    found: dict[str, int] = {}

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        """Count a layer's non-zero weights at every position of its output."""
        positions = output[0].numel() // output.shape[1]  # 1 for a fully connected layer
        found[names[layer]] = int(weight_of(layer).count_nonzero()) * positions

    hooks = [layer.register_forward_hook(count) for layer in _layers(network)]
    with torch.no_grad():
        network.eval()(torch.zeros(1, *image_shape))
    for hook in hooks:
        hook.remove()
    return found


def connectivity(network: nn.Module) -> dict[str, int | bool]:
    """What zero weights cut off, in a network whose layers follow one another.

    `dead_units` counts hidden units (channels) that no non-zero weight enters or none leaves,
    `connected_inputs` the inputs (channels) that the first layer reads; `collapsed` says that a
    layer has no non-zero weight left.
    """
    weights = [_dense(layer) != 0 for layer in _layers(network)]
    entered = [used.flatten(1).any(1) for used in weights[:-1]]
    left = [_read(used, len(e)) for used, e in zip(weights[1:], entered, strict=True)]
    dead = sum(int((~(e & r)).sum()) for e, r in zip(entered, left, strict=True))
    return {
        "dead_units": dead,
        "connected_inputs": int(_read(weights[0], weights[0].shape[1]).sum()),
        "collapsed": not all(bool(used.any()) for used in weights),
    }


def _layers(network: nn.Module) -> list[nn.Module]:
    return [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d | PartialConv2d)]


def _dense(layer: nn.Module) -> Tensor:
    """A layer's weight (out, in, …) with zeros where there is no connection at all."""
    weight = weight_of(layer).detach().cpu()
    if isinstance(layer, PartialConv2d):
        return layer.dense(weight)
    groups = getattr(layer, "groups", 1)
    if groups == 1:
        return weight
    whole = weight.new_zeros(len(weight), groups * weight.shape[1], *weight.shape[2:])
    outputs, inputs = len(weight) // groups, weight.shape[1]
    for g, part in enumerate(weight.split(outputs)):
        whole[g * outputs : (g + 1) * outputs, g * inputs : (g + 1) * inputs] = part
    return whole


def _read(used: Tensor, units: int) -> Tensor:
    """Which units (channels, flattened maps) a layer's non-zero weights (out, in, …) read."""
    return used.reshape(len(used), units, -1).any(2).any(0)
