"""What a method is: a function from a run to stored networks."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from brainside.base.errors import Refused
from brainside.data.datasets import Data, load
from brainside.networks.allowance import stored_weights
from brainside.networks.architectures import weight_count


@dataclass(frozen=True)
class Task:
    """A dataset, an architecture (its spec) and the reference's number of weights."""

    name: str
    data: Data
    network: dict[str, Any]
    reference_weights: int

    @property
    def device(self) -> str:
        """Where training happens: where the data are."""
        return self.data.train.images.device.type

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Channels, height and width of an image."""
        return tuple(self.data.train.images.shape[1:])

    def stored_weights(self, budget: float) -> int:
        """How many free weights a budget allows."""
        return stored_weights(budget, self.reference_weights)


def open_task(spec: dict[str, Any], device: str) -> Task:
    """The task of a sweep's spec, with its data on a device (`cpu`, `cuda`).

    Raises Refused when the data are not those that the key was made with, or without the device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise Refused("the config asks for a GPU and PyTorch sees none; set `device: cpu`")
    data = load(spec["dataset"])
    if data.digest != spec["digest"]:
        raise Refused(
            f"{spec['dataset']}: data have digest {data.digest[:12]}, the config asks for "
            f"{spec['digest'][:12]}; remove data/prepared/{spec['dataset']}.npz"
        )
    return Task(spec["name"], data.to(device), spec["network"], weight_count(spec["network"]))


def find(function: str) -> Callable:
    """The function a config entry names, as `file.function`; Refused when there is none."""
    module, name = function.split(".")
    try:
        return getattr(importlib.import_module(f"brainside.methods.{module}"), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise Refused(f"method function {function!r} not found: {error}") from None
