"""A stored network as codecs see it: a list of matrices, each with some entries kept."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import (
    OWN_WEIGHTS,
    POSITIONS,
    SPARSE,
    TICKET,
    Compressed,
)


@dataclass(frozen=True)
class Layer:
    """A tensor of weights, of which some are kept.

    `positions` (int64) are flat and ascend, `values` (float32) has one value per position. Where
    values are shared, `symbols` (int64) has one index per position into `levels` (float32,
    ascending), which are multiples of `step` unless that is zero.
    """

    name: str
    shape: tuple[int, ...]
    positions: np.ndarray
    values: np.ndarray
    symbols: np.ndarray | None = None
    levels: np.ndarray | None = None
    step: float = 0.0

    def mask(self) -> np.ndarray:
        """Which entries are kept, boolean (rows, columns)."""
        kept = np.zeros(math.prod(self.shape), bool)
        kept[self.positions] = True
        return kept.reshape(matrix(self.shape))

    def dense(self) -> np.ndarray:
        """The weights, zero where not kept, float32, of the layer's shape."""
        flat = np.zeros(math.prod(self.shape), np.float32)
        flat[self.positions] = self.values
        return flat.reshape(self.shape)

    def codebook(self) -> tuple[np.ndarray, np.ndarray]:
        """Symbols and levels of shared values; ValueError when values are not shared."""
        if self.symbols is None or self.levels is None:
            raise ValueError(f"{self.name}: its values are not shared")
        return self.symbols, self.levels

    def shared(self, symbols: np.ndarray, levels: np.ndarray, step: float = 0.0) -> "Layer":
        """This layer with shared values: `symbols` says which of `levels` each kept weight has."""
        values = levels[symbols]
        return replace(self, values=values, symbols=symbols, levels=levels, step=step)


def matrix(shape: Sequence[int]) -> tuple[int, int]:
    """Rows (units or channels; 1 for a vector) and columns of a tensor of weights as a matrix."""
    rows = shape[0] if len(shape) > 1 else 1
    return rows, math.prod(shape) // max(1, rows)


def layers_of(compressed: Compressed) -> list[Layer]:
    """The weights of a stored network, in the order of its layers where it stores theirs.

    Those that come from a seed are coded as if all were 1, one shared value.
    """
    if compressed.rebuild == TICKET:
        return _without_values(compressed)
    if compressed.rebuild in OWN_WEIGHTS:
        shapes = {n: tuple(w.shape) for n, w in split(compressed.network())[0].items()}
    else:
        shapes = {name: tuple(w.shape) for name, w in sorted(compressed.weights.items())}
    layers = []
    for name, shape in shapes.items():
        values = compressed.weights[name].detach().float().numpy().reshape(-1)
        kept = compressed.structure[name].numpy() if compressed.rebuild == SPARSE else None
        positions = np.arange(math.prod(shape)) if kept is None else kept.astype(np.int64)
        layers.append(Layer(name, shape, positions, values))
    return layers


def _without_values(compressed: Compressed) -> list[Layer]:
    layers = []
    for name, shape in architectures.shapes(compressed.spec["network"]).items():
        positions = compressed.structure[name].numpy().astype(np.int64)
        values = np.ones(len(positions), np.float32)
        layer = Layer(name, tuple(shape), positions, values)
        layers.append(layer.shared(np.zeros(len(positions), np.int64), np.ones(1, np.float32)))
    return layers


def others_of(compressed: Compressed) -> dict[str, Tensor]:
    """What a network stores besides weights, positions and biases."""
    return {} if compressed.rebuild in POSITIONS else compressed.structure


def stored(
    compressed: Compressed, layers: list[Layer], biases: Mapping[str, np.ndarray]
) -> Compressed:
    """A stored network with `layers` and `biases` instead of its own."""
    sparse, ticket = compressed.rebuild == SPARSE, compressed.rebuild == TICKET
    weights = {x.name: x.values if sparse else x.dense() for x in layers if not ticket}
    structure = {x.name: torch.from_numpy(x.positions.astype(np.int32)) for x in layers}
    return replace(
        compressed,
        weights={name: torch.from_numpy(np.array(w, np.float32)) for name, w in weights.items()},
        biases={name: torch.from_numpy(np.array(b)) for name, b in biases.items()},
        structure=structure if sparse or ticket else others_of(compressed),
    )
