"""Where networks begin and end, from their specs alone and without PyTorch.

So a study's tasks are held against their datasets when its config is read.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from brainside.base.errors import Refused
from brainside.networks.weights import LARGEST, parameter_count, runs

Spec = Mapping[str, Any]  # `name`, and the fields of the architecture


@dataclass(frozen=True)
class Ends:
    """An architecture's fields, and what they make of the two ends of its networks.

    `image` gives the shape (channels, height, width) of the images that a network reads, `classes`
    the number of its outputs. `layers` are the fields that have an item for each of its layers.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    image: Callable[[Spec], tuple[int, ...]]
    classes: Callable[[Spec], int]
    layers: tuple[str, ...] = ()


def given(spec: Spec) -> tuple[int, ...]:
    """The images of a network whose spec says their shape."""
    return tuple(spec["image"])


def square(spec: Spec) -> tuple[int, ...]:
    """The inputs of an MLP as a square where they are one, else as a line."""
    inputs = spec["sizes"][0]
    side = math.isqrt(inputs)
    return (1, side, side) if side**2 == inputs else (1, 1, inputs)


def lenet5(spec: Spec) -> tuple[int, ...]:
    """The images of LeNet-5: those of MNIST where nothing else is said."""
    return tuple(spec.get("image", (1, 28, 28)))


def lenet1(_: Spec) -> tuple[int, ...]:
    """The images of the network of 1989."""
    return (1, 16, 16)


def _last(spec: Spec) -> int:
    return int(spec["sizes"][-1])


def _classes(spec: Spec) -> int:
    return int(spec["classes"])


def _ten(_: Spec) -> int:
    return 10


# What a task may name; `networks.architectures` builds them.
ENDS = {
    "mlp": Ends(("sizes",), ("dropout", "activation", "output", "pixels"), square, _last),
    "convnet": Ends(
        ("image", "channels", "kernel", "hidden", "classes"), (), given, _classes
    ),
    "denil": Ends(
        ("image", "channels", "kernels", "hidden", "classes"), ("dropout",), given, _classes,
        layers=("channels", "kernels"),
    ),
    "slimnet": Ends(
        ("image", "widths", "pool_after", "classes"), ("separable",), given, _classes
    ),
    "lenet5": Ends((), ("dropout", "image", "widths"), lenet5, _ten),
    "lenet1": Ends((), ("background",), lenet1, _ten),
}  # fmt: skip


def check(spec: Spec, image: tuple[int, ...], classes: int) -> None:
    """Refused where a spec's fields are wrong, or do not fit a dataset's images and classes.

    The images of an MLP fit by their number of values, those of other networks by their shape.
    """
    if spec["name"] not in ENDS:
        raise Refused(f"unknown network {spec['name']!r}; known: {', '.join(ENDS)}")
    ends = ENDS[spec["name"]]
    _check_fields(spec, ends)
    reads, outputs = ends.image(spec), ends.classes(spec)
    values = spec["name"] == "mlp" and math.prod(reads) == math.prod(image)
    if not values and reads != image:
        raise Refused(f"the network reads {_times(reads)} pixels, the images have {_times(image)}")
    if outputs != classes:
        raise Refused(f"the network has {outputs} outputs, the dataset has {classes} classes")
    if not runs(spec):
        raise Refused(f"images of {_times(reads)} pixels are too small for its layers")
    if (parameters := parameter_count(spec)) > LARGEST:
        raise Refused(f"{parameters:,} weights are too many; {LARGEST:,} can be trained")


def _check_fields(spec: Spec, ends: Ends) -> None:
    name, takes = spec["name"], [*ends.required, *ends.optional]
    if stray := [field for field in spec if field not in ("name", *takes)]:
        raise Refused(f"{name} has no {stray[0]!r}; it takes: {', '.join(takes)}")
    if missing := [field for field in ends.required if field not in spec]:
        raise Refused(f"{name} needs {missing[0]!r}")
    if len({len(spec[field]) for field in ends.layers}) > 1:
        raise Refused(f"{' and '.join(ends.layers)} must have as many items as each other")
    if "pool_after" in spec and max(spec["pool_after"], default=0) >= len(spec["widths"]):
        raise Refused(f"pool_after names a layer that the {len(spec['widths'])} widths do not have")


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
