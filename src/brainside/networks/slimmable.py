"""Slimmable networks: their first channels as views, and smaller networks made of them.

Yu, Huang (2019), "AutoSlim", section 3, on slimmable networks (Yu et al. 2019). Such a network is a
sequence of layers, and its spec has `image` and `widths`: the channels of each convolution and the
units of each hidden linear layer. A depthwise convolution is as wide as its input.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.keys import canonical
from brainside.networks import architectures
from brainside.networks.counts import multiply_adds_by_layer
from brainside.networks.parameters import fill
from brainside.networks.weights import weight_count
from brainside.networks.widths import GROUPS, SMALLEST, of_groups

Statistics = list[tuple[Tensor, Tensor]]  # mean and variance of each normalisation's inputs


def forward_at(
    network: nn.Sequential,
    x: Tensor,
    widths: Sequence[int],
    statistics: Statistics | None = None,
    seen: Statistics | None = None,
) -> Tensor:
    """Outputs of the network in which each layer has its first `widths` channels (units) only.

    Every layer is used through views. Normalisation takes the batch's statistics, or those given;
    the batch's are added to `seen`.
    """
    outputs, known = iter(widths), iter(statistics or [])
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            x = _view(layer, x, outputs)
        elif isinstance(layer, nn.BatchNorm2d):
            x = _normalisation(layer, x, next(known, None), seen)
        else:
            x = layer(x)
    return x


def _view(layer: nn.Conv2d | nn.Linear, x: Tensor, widths: Iterator[int]) -> Tensor:
    """A layer's first outputs from its first inputs, as many as there are in x."""
    inputs, alone = x.shape[1], _depthwise(layer)
    width = inputs if alone else next(widths, None)  # the last layer has all its outputs
    weight = layer.weight[:width, : 1 if alone else inputs]
    bias = None if layer.bias is None else layer.bias[:width]
    if isinstance(layer, nn.Linear):
        return functional.linear(x, weight, bias)
    return functional.conv2d(x, weight, bias, padding=layer.padding, groups=inputs if alone else 1)


def _depthwise(layer: nn.Module) -> bool:
    return getattr(layer, "groups", 1) > 1


def _normalisation(
    layer: nn.BatchNorm2d, x: Tensor, known: tuple[Tensor, Tensor] | None, seen: Statistics | None
) -> Tensor:
    width = x.shape[1]
    if seen is not None:
        spread, centre = torch.var_mean(x.float(), (0, 2, 3))
        seen.append((centre, spread))
    mean, variance = known if known else (None, None)
    weight, bias = layer.weight[:width], layer.bias[:width]
    return functional.batch_norm(
        x, mean, variance, weight, bias, training=known is None, eps=layer.eps
    )


@torch.no_grad()
def recalibrated(network: nn.Sequential, images: Tensor, widths: Sequence[int]) -> Statistics:
    """Statistics of the normalisations' inputs at these widths, from one batch of images."""
    seen: Statistics = []
    forward_at(network, images, widths, seen=seen)
    return seen


def extracted(
    network: nn.Sequential,
    spec: Mapping[str, Any],
    kept: Sequence[Tensor],
    statistics: Statistics | None = None,
) -> nn.Sequential:
    """The smaller network that has these channels or units of each layer (indices, ascending).

    It is on the CPU. Its normalisations have these statistics, or none yet (mean 0, variance 1).
    """
    small = architectures.build({**spec, "widths": [len(channels) for channels in kept]})
    weights: dict[str, Tensor] = {}
    biases: dict[str, Tensor] = {}
    remaining, known = iter(kept), iter(statistics or [])
    units, chosen = spec["image"][0], torch.arange(spec["image"][0])
    for position, layer in enumerate(network):
        own = {name: p.detach().cpu() for name, p in layer.named_parameters()}
        if isinstance(layer, nn.Conv2d | nn.Linear):
            inputs = _columns(layer, chosen, units)
            if not _depthwise(layer):
                units = len(layer.weight)
                chosen = next(remaining, torch.arange(units))
            weights[f"{position}.weight"] = own["weight"][chosen][:, inputs]
            biases[f"{position}.bias"] = own["bias"][chosen]
        elif isinstance(layer, nn.BatchNorm2d):
            mean, variance = next(known, (torch.zeros(len(chosen)), torch.ones(len(chosen))))
            biases |= {f"{position}.{name}": p[chosen] for name, p in own.items()}
            biases[f"{position}.running_mean"] = mean.cpu()
            biases[f"{position}.running_var"] = variance.cpu()
    return fill(small, weights, biases)


def _columns(layer: nn.Conv2d | nn.Linear, chosen: Tensor, units: int) -> Tensor:
    """The inputs of a layer's weight (outputs, inputs, …) that come of chosen units before it.

    After a flattened convolution, a channel is one input per pixel of its map.
    """
    if _depthwise(layer):
        return torch.zeros(1, dtype=torch.int64)
    pixels = layer.weight.shape[1] // units
    return (chosen[:, None] * pixels + torch.arange(pixels)).flatten()


def first(widths: Sequence[int]) -> list[Tensor]:
    """The first channels of each layer."""
    return [torch.arange(width) for width in widths]


def slimmed_layers(network: nn.Sequential) -> list[nn.Conv2d | nn.Linear]:
    """The layers that have a width: all with weights but depthwise ones and the last."""
    layers = [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]
    return [layer for layer in layers[:-1] if not _depthwise(layer)]


def cost(spec: Mapping[str, Any], widths: Sequence[int]) -> int:
    """Multiply-adds of an image at these widths."""
    layers = _layers(canonical(spec))
    return sum(factor * prod(widths[n] for n in indices) for factor, indices in layers)


def weights(spec: Mapping[str, Any], widths: Sequence[int]) -> int:
    """Weights, without biases, of the network of these widths."""
    return weight_count({**spec, "widths": list(widths)})


@lru_cache(maxsize=64)
def _layers(text: str) -> list[tuple[int, list[int]]]:
    """Multiply-adds of each layer of a spec (JSON): a constant factor, and indices of widths.

    The multiply-adds are the factor times the widths at these indices: those of the channels that
    the layer reads and of those that it puts out, where these have a width.
    """
    spec = json.loads(text)
    network, widths = architectures.build(spec), spec["widths"]
    for parameter in network.parameters():
        nn.init.ones_(parameter)  # zeros would not count
    totals = multiply_adds_by_layer(network, tuple(spec["image"])).values()
    layers = [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]
    factors, last = [], -1
    for layer, products in zip(layers, totals, strict=True):
        alone = _depthwise(layer)
        indices = [n for n in ([last] if alone else [last, last + 1]) if 0 <= n < len(widths)]
        factors.append((products // prod(widths[n] for n in indices), indices))
        last += not alone
    return factors


def thinner(widths: Sequence[int], widest: Sequence[int]) -> Iterator[list[int]]:
    """The widths with one group of channels less, once for each layer that can lose one."""
    for layer, (width, full) in enumerate(zip(widths, widest, strict=True)):
        less = [w for n in range(SMALLEST, GROUPS) if (w := of_groups(full, n)) < width]
        if less:
            yield [*widths[:layer], less[-1], *widths[layer + 1 :]]


def filled(
    spec: Mapping[str, Any],
    widths: Sequence[int],
    allowed: int,
    order: Iterable[int],
    count: Callable[..., int] = cost,
) -> list[int]:
    """The widths, enlarged channel by channel as long as multiply-adds or weights allow it.

    `count` is `cost` or `weights`. `order` are indices of layers, each of which in its turn gets
    one channel more if it fits. A channel that does not fit once never fits later, so that one
    pass is enough.
    """
    widths = list(widths)
    for layer in order:
        more = [width + (n == layer) for n, width in enumerate(widths)]
        if more[layer] <= spec["widths"][layer] and count(spec, more) <= allowed:
            widths = more
    return widths


def draw_widths(widest: Sequence[int], generator: torch.Generator) -> list[int]:
    """A random width of its own for every layer."""
    drawn = torch.randint(SMALLEST, GROUPS + 1, (len(widest),), generator=generator)
    return [of_groups(width, int(n)) for width, n in zip(widest, drawn, strict=True)]
