"""From a stored network to the layers that a codec writes: order and shared values."""

import math

import numpy as np

from brainside.coding import quantisers
from brainside.coding.matrices import Layer, layers_of
from brainside.coding.order import reordered, without_dead_biases
from brainside.coding.settings import Setting
from brainside.representations.compressed import Compressed


def prepared(compressed: Compressed, setting: Setting) -> tuple[Compressed, list[Layer]]:
    """Reorder and quantise a network as the setting says: the network, and its layers."""
    if setting.dead_biases == "zero":
        compressed = without_dead_biases(compressed)
    ordered = reordered(compressed, setting.order)
    return ordered, quantised(layers_of(ordered), setting)


def quantised(layers: list[Layer], setting: Setting) -> list[Layer]:
    """Quantise layers but those whose values are shared already.

    They are returned as they are when the setting shares no values.
    """
    return [layer if layer.symbols is not None else _quantised(layer, setting) for layer in layers]


def _quantised(layer: Layer, setting: Setting) -> Layer:
    if setting.values == "kmeans":
        return quantisers.k_means(layer, 2 ** _bits(layer, setting))
    if setting.values == "uniform":
        means = setting.levels == "means"
        return quantisers.uniform(layer, _step(layer, setting), setting.tradeoff, means=means)
    return layer


def _bits(layer: Layer, setting: Setting) -> int:
    """Bits per symbol; convolutions have their own number."""
    return setting.conv_bits if len(layer.shape) > 2 else setting.value_bits


def _step(layer: Layer, setting: Setting) -> float:
    """A layer's step, rounded to float32 as in the file."""
    squares = np.square(layer.values, dtype=np.float64)
    spread = math.sqrt(float(squares.mean())) if len(squares) else 0.0
    return float(np.float32(setting.step * (spread or 1 if setting.scale == "spread" else 1)))
