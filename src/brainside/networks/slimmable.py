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

GROUPS = 12  # of channels, in every layer
SMALLEST = 2  # groups that are left of a layer at least
Statistics = list[tuple[Tensor, Tensor]]  # mean and variance of each normalisation's inputs


def forward_at(
    network: nn.Module,
    x: Tensor,
    widths: Sequence[int],
    statistics: Statistics | None = None,
    seen: Statistics | None = None,
) -> Tensor:
    """Outputs of the network whose layers have their first `widths` channels or units only.

    Every layer is used through views. Normalisation takes the batch's statistics, or those given;
    the batch's are added to `seen`.
    """
    left, known = iter(widths), iter(statistics or [])
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            x = _view(layer, x, left)
        elif isinstance(layer, nn.BatchNorm2d):
            x = _normalisation(layer, x, next(known, None), seen)
        else:
            x = layer(x)
    return x


def _view(layer: nn.Conv2d | nn.Linear, x: Tensor, left: Iterator[int]) -> Tensor:
    """A layer's first outputs from its first inputs, as many as there are in x."""
    inputs, alone = x.shape[1], _depthwise(layer)
    width = inputs if alone else next(left, None)  # the last layer has all its outputs
    weight, bias = layer.weight[:width, : 1 if alone else inputs], layer.bias[:width]
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
    """The smaller network that has these channels or units of each layer (indices, ascending).

    It is on the CPU. Its normalisations have these statistics, or none yet (mean 0, variance 1).
    """
    small = architectures.build({**spec, "widths": [len(each) for each in kept]})
    weights, biases, left, known = {}, {}, iter(kept), iter(statistics or [])
    units, chosen = spec["image"][0], torch.arange(spec["image"][0])
    for place, layer in enumerate(network):
        own = {name: p.detach().cpu() for name, p in layer.named_parameters()}
        if isinstance(layer, nn.Conv2d | nn.Linear):
            inputs = _columns(layer, chosen, units)
            if not _depthwise(layer):
                units = len(layer.weight)
                chosen = next(left, torch.arange(units))
            weights[f"{place}.weight"] = own["weight"][chosen][:, inputs]
            biases[f"{place}.bias"] = own["bias"][chosen]
        elif isinstance(layer, nn.BatchNorm2d):
            mean, variance = next(known, (torch.zeros(len(chosen)), torch.ones(len(chosen))))
            biases |= {f"{place}.{name}": p[chosen] for name, p in own.items()}
            biases |= {f"{place}.running_mean": mean.cpu(), f"{place}.running_var": variance.cpu()}
    return fill(small, weights, biases)


def _columns(layer: nn.Module, chosen: Tensor, units: int) -> Tensor:
    """Where a layer's weight (outputs, inputs, …) reads the chosen ones of the units before it.

    After a flattened convolution, a channel is as many inputs as it has places.
    """
    if _depthwise(layer):
        return torch.zeros(1, dtype=torch.int64)
    places = layer.weight.shape[1] // units
    return (chosen[:, None] * places + torch.arange(places)).flatten()


def first(widths: Sequence[int]) -> list[Tensor]:
    """The first channels of each layer."""
    return [torch.arange(width) for width in widths]


def slimmed_layers(network: nn.Module) -> list[nn.Module]:
    """The layers that have a width: all with weights but depthwise ones and the last."""
    layers = [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]
    return [layer for layer in layers[:-1] if not _depthwise(layer)]


def cost(spec: Mapping[str, Any], widths: Sequence[int]) -> int:
    """Multiply-adds of an image at these widths."""
    return sum(each * prod(widths[n] for n in places) for each, places in _layers(canonical(spec)))


def weights(spec: Mapping[str, Any], widths: Sequence[int]) -> int:
    """Weights, without biases, of the network of these widths."""
    return architectures.weight_count({**spec, "widths": list(widths)})


@lru_cache(maxsize=64)
def _layers(text: str) -> list[tuple[int, list[int]]]:
    """Of every layer of a spec (JSON), the factor of its multiply-adds that no width changes.

    Beside it the places of the widths that they are proportional to: of the channels that the
    layer reads, and of those that it puts out, where these have a width.
    """
    spec = json.loads(text)
    network, widths = architectures.build(spec), spec["widths"]
    for parameter in network.parameters():
        nn.init.ones_(parameter)  # zeros would not count
    whole = multiply_adds_by_layer(network, tuple(spec["image"])).values()
    layers = [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]
    found, last = [], -1
    for layer, products in zip(layers, whole, strict=True):
        alone = _depthwise(layer)
        places = [n for n in ([last] if alone else [last, last + 1]) if 0 <= n < len(widths)]
        found.append((products // prod(widths[n] for n in places), places))
        last += not alone
    return found


def of_groups(width: int, groups: int) -> int:
    """Channels in some of a layer's groups."""
    return max(1, width * groups // GROUPS)


def narrowest(widest: Sequence[int]) -> list[int]:
    """The least widths."""
    return [of_groups(width, SMALLEST) for width in widest]


def thinner(widths: Sequence[int], widest: Sequence[int]) -> Iterator[list[int]]:
    """The widths with one group less in one layer, for every layer that can spare one."""
    for place, (width, whole) in enumerate(zip(widths, widest, strict=True)):
        less = [w for n in range(SMALLEST, GROUPS) if (w := of_groups(whole, n)) < width]
        if less:
            yield [*widths[:place], less[-1], *widths[place + 1 :]]


def filled(
    spec: Mapping[str, Any],
    widths: Sequence[int],
    allowed: int,
    order: Iterable[int],
    count: Callable[..., int] = cost,
) -> list[int]:
    """The widths with single channels more, as many as fit within some multiply-adds or weights.

    `count` is `cost` or `weights`. `order` are places of layers: each in its turn gets a channel
    where it lacks one that fits. What does not fit once never does later, so that one pass is
    enough.
    """
    widths = list(widths)
    for place in order:
        more = [width + (n == place) for n, width in enumerate(widths)]
        if more[place] <= spec["widths"][place] and count(spec, more) <= allowed:
            widths = more
    return widths


def draw_widths(widest: Sequence[int], generator: torch.Generator) -> list[int]:
    """A random width of its own for every layer."""
    drawn = torch.randint(SMALLEST, GROUPS + 1, (len(widest),), generator=generator)
    return [of_groups(width, int(n)) for width, n in zip(widest, drawn, strict=True)]
