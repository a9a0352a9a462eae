"""The architectures. A network is built from a spec (plain JSON), the same one that files carry."""

import math
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from brainside.errors import Refused

VERSION = 1


def build(spec: dict[str, Any], *, seed: int | None = None) -> nn.Module:
    """The network of a spec, float32 on the CPU; weights drawn from `seed`, or left for loading.

    Weights are normal with variance 2 / fan-in (He et al. 2015, equation 10), biases zero.
    Raises Refused for an unknown name or fields that do not fit.
    """
    if spec.get("name") not in ARCHITECTURES:
        raise Refused(f"unknown network {spec.get('name')!r}; known: {', '.join(ARCHITECTURES)}")
    fields = {field: value for field, value in spec.items() if field != "name"}
    try:
        network = ARCHITECTURES[spec["name"]](**fields)
    except TypeError as error:
        raise Refused(f"network {spec['name']}: {error}") from None
    if seed is not None:
        initialise(network, seed=seed)
    return network


def initialise(network: nn.Module, *, seed: int) -> None:
    """Draw the weights from one generator, in the order of the layers."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                fan_in = parameter[0].numel()
                parameter.normal_(0, math.sqrt(2 / fan_in), generator=generator)
            else:
                parameter.zero_()


def mlp(sizes: list[int], dropout: float = 0.0) -> nn.Module:
    """Fully connected ReLU network; `sizes` from the inputs to the classes."""
    layers: list[nn.Module] = [nn.Flatten()]
    for n_in, n_out in pairwise(sizes):
        layers += [_layer(nn.Linear, n_in, n_out), nn.ReLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers[: -2 if dropout else -1])


def mlp_weights(sizes: list[int]) -> int:
    """Number of weights of a fully connected network, without building it."""
    return sum(n_in * n_out for n_in, n_out in pairwise(sizes))


def convnet(
    image: list[int], channels: list[int], kernel: int, hidden: list[int], classes: int
) -> nn.Module:
    """Same-padded convolutions, each with ReLU and 2×2 max-pooling, then fully connected layers.

    `image` is (channels, height, width).
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise([image[0], *channels]):
        conv = _layer(nn.Conv2d, n_in, n_out, kernel, padding=kernel // 2)
        layers += [conv, nn.ReLU(), nn.MaxPool2d(2)]
    side = [n >> len(channels) for n in image[1:]]
    tail = mlp([channels[-1] * math.prod(side), *hidden, classes])
    return nn.Sequential(*layers, *tail)


ARCHITECTURES = {"mlp": mlp, "convnet": convnet}


def weight_count(spec: dict[str, Any]) -> int:
    """Number of weights (matrices and kernels, no biases) of the network of a spec."""
    return sum(p.numel() for p in build(spec).parameters() if p.dim() > 1)


def _layer(kind: type[nn.Module], *args: Any, **kwargs: Any) -> nn.Module:
    # skip_init: the default initialisation would draw from the global generator for nothing.
    return nn.utils.skip_init(kind, *args, **kwargs)
