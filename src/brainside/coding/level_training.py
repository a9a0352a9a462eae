"""Shared values trained on: the levels are the free values, which weight has which stays.

Han 2016 (Deep Compression), section 3.1: a level's gradient is the sum of its weights' gradients.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.coding.matrices import Layer
from brainside.coding.quantisers import merged
from brainside.coding.settings import Setting
from brainside.data.datasets import Data
from brainside.representations.compressed import OWN_WEIGHTS, Compressed
from brainside.training.loop import train

# No weight decay: levels are few, and the step of each is that of all its weights.
PLAIN = {"momentum": 0.9, "weight_decay": 0.0, "l1": 0.0, "schedule": "cosine",
         "precision": "float32"}  # fmt: skip


class Shared(nn.Module):
    """A network whose weights are levels; its parameters are these, and the biases."""

    def __init__(self, network: nn.Module, layers: list[Layer]) -> None:
        """`layers` have the symbols and levels of all of the network's weights."""
        super().__init__()
        self.plain = [network]  # in a list, so that its own weights are no parameters of this
        self.layers = layers
        self.levels = nn.ParameterList(torch.from_numpy(x.levels.copy()) for x in layers)
        self.biases = nn.ParameterDict(
            {n.replace(".", "/"): p for n, p in network.named_parameters() if p.dim() <= 1}
        )
        self.places = [(torch.from_numpy(x.positions), torch.from_numpy(x.symbols)) for x in layers]

    def forward(self, images: Tensor) -> Tensor:
        """Outputs (N, classes) of images."""
        values = {name.replace("/", "."): bias for name, bias in self.biases.items()}
        for layer, levels, (positions, symbols) in zip(
            self.layers, self.levels, self.places, strict=True
        ):
            flat = levels.new_zeros(math.prod(layer.shape))
            values[layer.name] = flat.scatter(0, positions, levels[symbols]).reshape(layer.shape)
        return functional_call(self.plain[0].train(self.training), values, images)


def retrained(
    compressed: Compressed,
    layers: list[Layer],
    setting: Setting,
    data: Data,
    recipe: Mapping[str, Any],
    *,
    seed: int,
    progress: Progress,
) -> tuple[Compressed, list[Layer]]:
    """The network and its layers, levels and biases trained by the recipe at the setting's rate.

    Levels are rounded to 16 bits at the end. Raises Refused for networks that are not stored by
    their own weights.
    """
    if compressed.rebuild not in OWN_WEIGHTS:
        raise Refused(f"{compressed.rebuild}: only levels of a network's own weights are retrained")
    shared = Shared(compressed.network(), layers)
    rate = {"epochs": setting.retrain, "learning_rate": setting.rate}
    train(shared, data, {**recipe, **PLAIN, **rate}, seed=seed, progress=progress)
    found = []
    for layer, levels in zip(layers, shared.levels, strict=True):
        rounded = levels.detach().numpy().astype(np.float16).astype(np.float32)
        found.append(merged(replace(layer, levels=rounded, step=0.0)))
    trained = {name.replace("/", "."): bias.detach() for name, bias in shared.biases.items()}
    named = {**shared.plain[0].state_dict(), **trained}
    return replace(compressed, biases={name: named[name] for name in compressed.biases}), found
