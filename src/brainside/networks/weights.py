"""The weights of networks, from their specs alone and without PyTorch: shapes, and uses.

So a study's plan knows the layers that configs name, and what is too large for them.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

Spec = Mapping[str, Any]  # `name`, one of WEIGHTS, and the fields of the architecture
LARGEST = 1 << 24  # weights, biases and scales of a network; more are refused before they are made


class Weight(NamedTuple):
    """The shape of a weight, outputs first, and at how many places of an image it is used."""

    shape: tuple[int, ...]
    places: int = 1


Weights = dict[str, Weight]  # by name ("1.weight"), in the order of the layers


def weights_of(spec: Spec) -> Weights:
    """The weights of the network of a spec; some have no place where images are too small."""
    return WEIGHTS[spec["name"]](spec)


def runs(spec: Spec) -> bool:
    """Whether images are large enough for the layers of the network of a spec."""
    return all(prod(shape) and places for shape, places in weights_of(spec).values())


def weight_count(spec: Spec) -> int:
    """Number of weights of the network of a spec."""
    return sum(prod(weight.shape) for weight in weights_of(spec).values())


def parameter_count(spec: Spec) -> int:
    """At most so many weights, and biases and scales of outputs, has the network of a spec."""
    return weight_count(spec) + sum(3 * weight.shape[0] for weight in weights_of(spec).values())


def multiply_adds(spec: Spec) -> int:
    """Multiply-adds of one image by the network of a spec."""
    return sum(prod(weight.shape) * weight.places for weight in weights_of(spec).values())


def small_convnet(
    shape: Mapping[str, int], width: int, image: Sequence[int], classes: int
) -> dict[str, Any]:
    """The spec of a convolutional network without hidden units, of a shape and a width.

    The shape has its `kernel`, its `layers`, and the factor of `growth` of their channels.
    """
    return {
        "name": "convnet",
        "image": list(image),
        "channels": [width * shape["growth"] ** layer for layer in range(shape["layers"])],
        "kernel": shape["kernel"],
        "hidden": [],
        "classes": classes,
    }


def pooled(side: int, kernels: Sequence[int]) -> int:
    """The side of a map after convolutions padded by half their kernels, each with 2×2 pooling."""
    for kernel in kernels:
        side = _padded(side, kernel) // 2
    return side


def _padded(side: int, kernel: int) -> int:
    return side + 2 * (kernel // 2) - kernel + 1


def _connected(sizes: Sequence[int], first: int, dropout: float = 0.0) -> Weights:
    """Fully connected layers from place `first` of the network on."""
    apart = 3 if dropout else 2  # layers from one with weights to the next
    return {
        f"{first + apart * n}.weight": Weight((n_out, n_in))
        for n, (n_in, n_out) in enumerate(pairwise(sizes))
    }


def _mlp(spec: Spec) -> Weights:
    return _connected(spec["sizes"], 1, spec.get("dropout", 0.0))


def _convnet(spec: Spec) -> Weights:
    return _denil({**spec, "kernels": [spec["kernel"]] * len(spec["channels"])})


def _denil(spec: Spec) -> Weights:
    """Convolutions with pooling, then a flat layer and fully connected ones."""
    (maps, *sides), channels, kernels = spec["image"], spec["channels"], spec["kernels"]
    found: Weights = {}
    for n, (n_in, n_out) in enumerate(pairwise([maps, *channels])):
        places = prod(_padded(pooled(side, kernels[:n]), kernels[n]) for side in sides)
        found[f"{3 * n}.weight"] = Weight((n_out, n_in, kernels[n], kernels[n]), places)
    inputs = channels[-1] * prod(pooled(side, kernels) for side in sides)
    sizes = [inputs, *spec["hidden"], spec["classes"]]
    return found | _connected(sizes, 3 * len(channels) + 1, spec.get("dropout", 0.0))


def _slimnet(spec: Spec) -> Weights:
    """Convolutions with normalisation and ReLU, some with pooling, then means over places."""
    maps, *sides = spec["image"]
    found: Weights = {}
    at = 0
    for n, (n_in, n_out) in enumerate(pairwise([maps, *spec["widths"]])):
        shapes = [(n_out, n_in, 3, 3)]
        if spec.get("separable") and n > 0:
            shapes = [(n_in, 1, 3, 3), (n_out, n_in, 1, 1)]
        for shape in shapes:
            found[f"{at}.weight"] = Weight(shape, prod(sides))
            at += 3
        if n in spec["pool_after"]:
            at, sides = at + 1, [side // 2 for side in sides]
    means = Weight((spec["classes"], spec["widths"][-1]), min(1, prod(sides)))
    return {**found, f"{at + 2}.weight": means}


def _lenet5(spec: Spec) -> Weights:
    maps, *sides = spec.get("image", (1, 28, 28))
    first, second, hidden = spec.get("widths", (20, 50, 500))
    before = [max(0, side - 4) for side in sides]
    after = [max(0, side // 2 - 4) for side in before]
    sizes = [second * prod(side // 2 for side in after), hidden, 10]
    return {
        "0.weight": Weight((first, maps, 5, 5), prod(before)),
        "2.weight": Weight((second, first, 5, 5), prod(after)),
        **_connected(sizes, 5, spec.get("dropout", 0.0)),
    }


def _lenet1(_: Spec) -> Weights:
    return {
        "1.weight": Weight((4, 1, 5, 5), 24**2),
        "6.weight": Weight((20, 1, 5, 5), 8**2),  # a kernel for each pair of maps
        "12.weight": Weight((10, 192)),
    }


WEIGHTS: dict[str, Callable[[Spec], Weights]] = {
    "mlp": _mlp,
    "convnet": _convnet,
    "denil": _denil,
    "slimnet": _slimnet,
    "lenet5": _lenet5,
    "lenet1": _lenet1,
}
