"""Training of shared values: levels are trained, while each weight keeps the level that it has.

Han 2016 (Deep Compression), section 3.1: the gradient of a level is the sum of the gradients of its
weights.
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

# No weight decay: levels are few, and each takes the steps of all its weights.
PLAIN = {"momentum": 0.9, "weight_decay": 0.0, "l1": 0.0, "schedule": "cosine",
         "precision": "float32"}  # fmt: skip


class Shared(nn.Module):
    """A network with shared weights, whose parameters are the levels and the biases."""

    def __init__(self, network: nn.Module, layers: list[Layer]) -> None:
        """Let the weights of a network share values as `layers`, one for each of them, have it."""
        super().__init__()
        self.plain = [network]  # in a list, so that its own weights are not parameters of this
        self.layers = layers
        self.levels = nn.ParameterList(torch.from_numpy(x.codebook()[1].copy()) for x in layers)
        self.biases = nn.ParameterDict(
            {n.replace(".", "/"): p for n, p in network.named_parameters() if p.dim() <= 1}
        )
        self.indices = [
            (torch.from_numpy(x.positions), torch.from_numpy(x.codebook()[0])) for x in layers
        ]

    def forward(self, images: Tensor) -> Tensor:
        """Outputs (N, classes) for images (N, C, H, W)."""
        values = {name.replace("/", "."): bias for name, bias in self.biases.items()}
        for layer, levels, (positions, symbols) in zip(
            self.layers, self.levels, self.indices, strict=True
        ):
            flat = levels.new_zeros(math.prod(layer.shape))
            values[layer.name] = flat.scatter(0, positions, levels[symbols]).reshape(layer.shape)
        outputs: Tensor = functional_call(self.plain[0].train(self.training), values, images)
        return outputs


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
    """Train levels and biases, with the recipe at the setting's rate: the network, and its layers.

    Levels are rounded to 16 bits at the end. Raises Refused for networks that do not store their
    own weights.
    """
    if compressed.rebuild not in OWN_WEIGHTS:
        raise Refused(f"{compressed.rebuild}: only levels of a network's own weights are retrained")
    shared = Shared(compressed.network(), layers)
    rate = {"epochs": setting.retrain, "learning_rate": setting.rate}
    train(shared, data, {**recipe, **PLAIN, **rate}, seed=seed, progress=progress)
    rounded_layers = []
    for layer, levels in zip(layers, shared.levels, strict=True):
        rounded = levels.detach().numpy().astype(np.float16).astype(np.float32)
        rounded_layers.append(merged(replace(layer, levels=rounded, step=0.0)))
    trained = {name.replace("/", "."): bias.detach() for name, bias in shared.biases.items()}
    named = {**shared.plain[0].state_dict(), **trained}
    biases = {name: named[name] for name in compressed.biases}
    return replace(compressed, biases=biases), rounded_layers
