"""The architectures, one entry each, and networks built from specs: the JSON that files carry."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from brainside.base.errors import Refused
from brainside.networks import builders, ends
from brainside.networks.hubs import through_hubs
from brainside.networks.weights import LARGEST

VERSION = 1  # of this file, builders.py, hubs.py and layers.py
Spec = Mapping[str, Any]  # `name`, one of ARCHITECTURES, and the arguments of its function


def build(spec: Spec, *, seed: int | None = None) -> nn.Sequential:
    """The network of a spec, float32 on the CPU; weights drawn from `seed`, or left for loading.

    Weights are normal with variance gain / fan-in, biases are zero, scales one.
    Raises Refused for an unknown name, fields that do not fit, or more weights than any of ours.
    """
    if spec.get("name") not in ARCHITECTURES:
        raise Refused(f"unknown network {spec.get('name')!r}; known: {', '.join(ARCHITECTURES)}")
    fields = {field: value for field, value in spec.items() if field != "name"}
    try:
        network = ARCHITECTURES[spec["name"]].build(**fields)
    except (TypeError, RuntimeError) as error:  # also what no memory can hold
        reason = " ".join(str(error).split())[:200]
        raise Refused(f"network {spec['name']}: {reason}") from None
    if sum(p.numel() for p in network.parameters()) > LARGEST:
        raise Refused(f"network {spec['name']}: it has more weights than any of ours")
    if seed is not None:
        initialise(network, seed=seed, gain=gain(spec))
    return network


def gain(spec: Spec) -> float:
    """The variance of a network's initial weights, times their fan-in."""
    return ARCHITECTURES[spec["name"]].gain(spec)


def image_shape(spec: Spec) -> tuple[int, ...]:
    """Channels, height and width of the images that a network reads."""
    return ARCHITECTURES[spec["name"]].image(spec)


def initialise(network: nn.Module, *, seed: int, gain: float = 2.0) -> None:
    """Draw weights of variance gain / fan-in from one generator, in the order of the layers."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() > 1:
                fan_in = parameter[0].numel()
                parameter.normal_(0, math.sqrt(gain / fan_in), generator=generator)
            else:
                parameter.fill_(0 if name.endswith("bias") else 1)


@dataclass(frozen=True)
class Architecture:
    """How networks of an architecture are built from their specs.

    `build` makes the network of a spec's fields, `image` says the shape (channels, height, width)
    of its images, `gain` the variance of its initial weights times fan-in: 2 for ReLU (He et al.
    2015, "Delving deep into rectifiers", equation 10) and 1 for other activations. Its title for
    tables is in `networks.titles`; the fields and the outputs of those that a study may name are in
    `networks.ends`, their weights in `networks.weights`.
    """

    build: Callable[..., nn.Sequential]
    image: Callable[[Spec], tuple[int, ...]]
    gain: Callable[[Spec], float]


def _rectified(spec: Spec) -> float:
    return 2.0 if spec.get("activation", "relu") == "relu" else 1.0


def _unit(_: Spec) -> float:
    """For smooth activations, and where max-pooling makes up for what ReLU halves."""
    return 1.0


def _through_hubs(network: Spec, hubs: Mapping[str, int]) -> nn.Sequential:
    """The network of another spec with some layers through linear hubs."""
    return through_hubs(build(network), hubs)


ARCHITECTURES = {
    "mlp": Architecture(builders.mlp, ends.square, _rectified),
    "convnet": Architecture(builders.convnet, ends.given, _rectified),
    "denil": Architecture(builders.denil, ends.given, _unit),
    "slimnet": Architecture(builders.slimnet, ends.given, _rectified),
    "lenet5": Architecture(builders.lenet5, ends.lenet5, _unit),
    "lenet1": Architecture(builders.lenet1, ends.lenet1, _unit),
    "hubs": Architecture(
        _through_hubs,
        lambda spec: image_shape(spec["network"]),
        lambda spec: gain(spec["network"]),
    ),
}


def shapes(spec: Spec) -> dict[str, torch.Size]:
    """Shape of every weight (matrices and kernels, no biases) of the network of a spec, by name."""
    return {name: p.shape for name, p in build(spec).named_parameters() if p.dim() > 1}
