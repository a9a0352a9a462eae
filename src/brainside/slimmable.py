"""A slimnet at other widths: its first channels as views, and smaller networks made of it.

Yu, Huang (2019), "AutoSlim", section 3, on slimmable networks (Yu et al. 2019).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside import networks
from brainside.coding.sizes import multiply_adds
from brainside.representations import fill

Statistics = list[tuple[Tensor, Tensor]]  # mean and variance of each normalisation's inputs


def forward_at(
    network: nn.Module,
    x: Tensor,
    widths: Sequence[int],
    statistics: Statistics | None = None,
    seen: Statistics | None = None,
) -> Tensor:
    """Outputs of the network whose convolutions have their first `widths` channels only.

    Every layer is used through views. Normalisation takes the batch's statistics, or those given;
    the batch's are added to `seen`.
    """
    left, known = iter(widths), iter(statistics or [])
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            x = _convolution(layer, x, left)
        elif isinstance(layer, nn.BatchNorm2d):
            x = _normalisation(layer, x, next(known, None), seen)
        elif isinstance(layer, nn.Linear):
            x = functional.linear(x, layer.weight[:, : x.shape[1]], layer.bias)
        else:
            x = layer(x)
    return x


def _convolution(layer: nn.Conv2d, x: Tensor, left: Iterator[int]) -> Tensor:
    channels = x.shape[1]
    depthwise = layer.groups > 1
    width = channels if depthwise else next(left)
    weight = layer.weight[:width, : 1 if depthwise else channels]
    groups = channels if depthwise else 1
    return functional.conv2d(x, weight, layer.bias[:width], padding=layer.padding, groups=groups)


def _normalisation(
    layer: nn.BatchNorm2d, x: Tensor, known: tuple[Tensor, Tensor] | None, seen: Statistics | None
) -> Tensor:
    width = x.shape[1]
    if seen is not None:
        variance, mean = torch.var_mean(x.float(), (0, 2, 3))
        seen.append((mean, variance))
    mean, variance = known or (None, None)
    weight, bias = layer.weight[:width], layer.bias[:width]
    return functional.batch_norm(
        x, mean, variance, weight, bias, training=known is None, eps=layer.eps
    )


@torch.no_grad()
def recalibrated(network: nn.Module, images: Tensor, widths: Sequence[int]) -> Statistics:
    """Statistics of the normalisations' inputs at these widths, from one batch of images."""
    seen: Statistics = []
    forward_at(network, images, widths, seen=seen)
    return seen


def extracted(
    network: nn.Module,
    spec: Mapping[str, Any],
    kept: Sequence[Tensor],
    statistics: Statistics | None = None,
) -> nn.Module:
    """The smaller network that has these channels of each convolution (indices, ascending).

    Its normalisations have these statistics, or none yet (mean 0, variance 1).
    """
    small = networks.build({**spec, "widths": [len(each) for each in kept]})
    weights, biases, left, known = {}, {}, iter(kept), iter(statistics or [])
    inputs = torch.arange(spec["image"][0])
    for place, layer in enumerate(network):
        if isinstance(layer, nn.Conv2d):
            outputs = inputs if layer.groups > 1 else next(left)
            inner = torch.zeros(1, dtype=torch.int64) if layer.groups > 1 else inputs
            weights[f"{place}.weight"] = layer.weight.detach()[outputs][:, inner]
            biases[f"{place}.bias"] = layer.bias.detach()[outputs]
            inputs = outputs
        elif isinstance(layer, nn.BatchNorm2d):
            mean, variance = next(known, (torch.zeros(len(inputs)), torch.ones(len(inputs))))
            biases |= {f"{place}.weight": layer.weight.detach()[inputs],
                       f"{place}.bias": layer.bias.detach()[inputs],
                       f"{place}.running_mean": mean, f"{place}.running_var": variance}  # fmt: skip
        elif isinstance(layer, nn.Linear):
            weights[f"{place}.weight"] = layer.weight.detach()[:, inputs]
            biases[f"{place}.bias"] = layer.bias.detach()
    return fill(small, weights, biases)


def first(widths: Sequence[int]) -> list[Tensor]:
    """The first channels of each convolution."""
    return [torch.arange(width) for width in widths]


def cost(spec: Mapping[str, Any], widths: Sequence[int]) -> int:
    """Multiply-adds of an image at these widths."""
    network = networks.build({**spec, "widths": list(widths)}, seed=0)
    return multiply_adds(network, tuple(spec["image"]))
