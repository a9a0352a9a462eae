"""How derivatives of a loss go backwards through a layer, and to its weights, kind by kind.

For first derivatives, and for the diagonal of second ones as LeCun, Denker, Solla (1990), "Optimal
brain damage", section 2, carry them: with squared weights and squared inputs.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.grad import conv2d_input, conv2d_weight

from brainside.networks.layers import PartialConv2d, Scale, ScaledTanh

SMOOTH = (nn.Tanh, nn.Sigmoid, ScaledTanh)
Weighted = nn.Linear | nn.Conv2d | PartialConv2d
WEIGHTED = (nn.Linear, nn.Conv2d, PartialConv2d)
UNFOLDED = ("stride", "padding", "dilation")  # of a convolution, what its patches depend on


def is_linear(layer: nn.Module) -> bool:
    """Whether a layer's outputs are linear in its inputs, but for a bias, by its own weights."""
    return isinstance(layer, (*WEIGHTED, Scale))


def to_inputs(layer: nn.Module, shape: torch.Size, weight: Tensor, values: Tensor) -> Tensor:
    """Derivatives at a linear layer's outputs, carried to its inputs (N, *shape) by `weight`.

    First derivatives by the layer's own weight, second ones by its square.
    """
    if isinstance(layer, nn.Linear):
        return values @ weight
    if isinstance(layer, Scale):
        return values * weight[:, None, None]
    kernels = layer.dense(weight) if isinstance(layer, PartialConv2d) else weight
    return conv2d_input(shape, kernels, values, **_geometry(layer))


@torch.no_grad()
def add_to_weights(total: Tensor, layer: Weighted, squared: Tensor, second: Tensor) -> None:
    """Add to `total` the second derivatives with respect to a layer's weights, over all uses.

    `squared` are the squares of the layer's inputs, `second` the derivatives at its outputs.
    """
    if isinstance(layer, nn.Linear):
        total.addmm_(second.T, squared)
    elif isinstance(layer, PartialConv2d):
        shape = layer.dense(layer.weight).shape
        total += layer.partial(conv2d_weight(squared, shape, second))
    else:
        total += conv2d_weight(squared, layer.weight.shape, second, **_geometry(layer))


@torch.no_grad()
def squared_gradients(layer: Weighted, x: Tensor, values: Tensor) -> Tensor:
    """The sum over images of the squared gradient of each image with respect to the weights.

    `x` are the layer's inputs, `values` the gradients at its outputs, both of N images.
    """
    if isinstance(layer, nn.Linear):
        return values.square().T @ x.square()
    kernel = tuple(layer.weight.shape[2:])
    patches = functional.unfold(x, kernel, **_geometry(layer, UNFOLDED))
    gradients = torch.einsum("nop,nkp->nok", values.flatten(2), patches).square().sum(0)
    if isinstance(layer, PartialConv2d):
        return layer.partial(gradients.view(layer.maps_out, layer.maps_in, *kernel))
    return gradients.view_as(layer.weight)


def activation_derivatives(layer: nn.Module, y: Tensor) -> tuple[Tensor, Tensor]:
    """First and second derivative of an activation, from its outputs `y`, each of their shape."""
    if isinstance(layer, nn.Sigmoid):
        slope = y * (1 - y)
        return slope, slope * (1 - 2 * y)
    height, rate = (layer.HEIGHT, layer.SLOPE) if isinstance(layer, ScaledTanh) else (1.0, 1.0)
    slope = rate * (height - y.square() / height)
    return slope, -2 * rate * y / height * slope


def _geometry(layer: nn.Module, fields: tuple[str, ...] = (*UNFOLDED, "groups")) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in fields if isinstance(layer, nn.Conv2d)}
