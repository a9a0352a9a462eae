"""Rate-aware masks: what the position of a weight costs in bytes is part of the choice to keep it.

Ours. Of a layer, magnitude pruning keeps the k largest w². Under the model of margins.py, in which
p_ij is the probability that the densities of row i and column j give an entry, to keep it rather
than not costs c_ij = log2((1 − p_ij)/p_ij) more bits. Here the k largest w² − λ τ² c_ij are kept,
where τ is the least magnitude that magnitude pruning keeps in the layer, which makes λ a number
without unit. Then p is fitted to that mask, and so on, ROUNDS times. With λ = 0 it is magnitude
pruning, and the larger λ, the more it is the removal of whole units and inputs, which is the
control. λ trades rate for distortion as `tradeoff` does in quantising, with positions in the place
of values. The rows of a convolution are its maps, the columns channels and places of the kernel.
"""

from bisect import bisect_left
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Params, Point
from brainside.methods.shared.matrix_layers import matrix_layers
from brainside.methods.shared.pruning import (
    Masks,
    alive,
    best_of_layers,
    magnitudes,
    prune_by,
    prune_with,
    ranked,
)
from brainside.representations import margins

VERSION = 2
PARAMS: Params = {
    "sweep": {"like": "shared.pruning.prune_by", "tradeoff": "nonnegative"},  # λ
    "units": {"needs": ["reference", "matrices"], "iterative": "flag"},
}
ROUNDS = 4


def choice(scores: dict[str, Tensor], before: Masks, point: Point) -> Masks:
    """Masks of as many weights in each layer as magnitude pruning has, chosen with their rate.

    `scores` are magnitudes. Raises Refused for a trade-off below zero.
    """
    tradeoff = point.settings["tradeoff"]
    if not tradeoff >= 0:
        raise Refused(f"tradeoff {tradeoff!r} of rate-aware masks is below zero; take 0 or more")
    masks = ranked(scores, before, point)
    counts = alive(masks)
    # In double precision squares of different magnitudes differ.
    squares = {name: s.double().square() for name, s in scores.items()}
    prices = {
        name: tradeoff * float(squares[name][mask].min()) if counts[name] else 0.0
        for name, mask in masks.items()
    }
    for _ in range(ROUNDS):
        traded = {n: squares[n] - prices[n] * position_bits(mask) for n, mask in masks.items()}
        masks = best_of_layers(traded, before, counts)
    return masks


sweep = prune_by(lambda network, _: magnitudes(network), choice=choice)


def position_bits(mask: Tensor) -> Tensor:
    """Bits that it costs to keep each entry of a layer's mask, by the counts of rows and columns.

    Below zero where most are kept. An entry is never thought so improbable that its position would
    cost more than when it is written down, log2 of the number of entries; nor so probable.
    """
    entries = mask.numel()
    p = margins.probabilities(mask.flatten(1).numpy())
    p = np.clip(p, 1 / (1 + entries), entries / (1 + entries))
    return torch.from_numpy(np.log2((1 - p) / p)).view(mask.shape)


def whole_units(scores: dict[str, Tensor], before: Masks, point: Point) -> Masks:
    """Masks without the smallest inputs and hidden units, as many weights as fit the budget.

    `scores` are magnitudes. The size of a unit (channel) is the mean square of the weights that
    enter or leave it and are still there. Each layer keeps at least one. Raises Refused where that
    is too much for the budget.
    """
    sizes = [_without_largest(size) for size in unit_sizes(list(scores.values()), before)]
    order = torch.sort(torch.cat(sizes), stable=True).indices
    removable = int(torch.cat(sizes).isfinite().sum())

    def after(removed: int) -> Masks:
        """The masks without this number of units, the smallest ones."""
        kept = torch.ones(len(order), dtype=torch.bool)
        kept[order[:removed]] = False
        return _between(before, list(kept.split([len(size) for size in sizes])))

    fitting = bisect_left(
        range(removable + 1), -point.weights, key=lambda m: -sum(alive(after(m)).values())
    )
    if fitting > removable:
        raise Refused(f"budget {point.budget:g} leaves a layer no unit; take a larger one")
    return after(fitting)


@torch.no_grad()
def without_units(
    network: nn.Sequential, point: Point, before: Masks
) -> tuple[Masks, dict[str, Any]]:
    """Masks without the smallest units, whose biases become zero: a removed unit costs no bytes.

    They stay zero in training, as nothing depends on the bias of a unit without outputs. Raises
    Refused for layers that do not follow one another.
    """
    layers = matrix_layers(network, "removal of units")
    masks = whole_units(magnitudes(network), before, point)
    for layer, leaving in zip(list(layers.values())[:-1], list(masks.values())[1:], strict=True):
        if layer.bias is not None:
            layer.bias *= _by_column(leaving, len(layer.bias)).any(2).any(0)
    return masks, {}


units = prune_with(without_units)


def unit_sizes(scores: list[Tensor], before: Masks) -> list[Tensor]:
    """Mean squares of the weights at each input, then at each unit of each hidden layer."""
    masks = list(before.values())
    sizes = []
    for number, mask in enumerate(masks):
        count = mask.shape[1] if number == 0 else len(masks[number - 1])
        squares = scores[number].double().square() * mask
        total, weights = (_by_column(x, count).sum((0, 2)) for x in (squares, mask.double()))
        if number > 0:
            entering = scores[number - 1].double().square() * masks[number - 1]
            total += entering.flatten(1).sum(1)
            weights += masks[number - 1].flatten(1).sum(1)
        sizes.append(total / weights.clamp(min=1))
    return sizes


def _without_largest(sizes: Tensor) -> Tensor:
    """Sizes with the largest made infinite, since a unit must be left."""
    return sizes.index_fill(0, sizes.argmax(), torch.inf)


def _between(masks: Masks, kept: list[Tensor]) -> Masks:
    """Masks without what enters or leaves a unit that is not kept (inputs come first)."""
    between = {name: mask.clone() for name, mask in masks.items()}
    for number, mask in enumerate(between.values()):
        _by_column(mask, len(kept[number]))[:, ~kept[number]] = False
        if number + 1 < len(kept):
            mask[~kept[number + 1]] = False
    return between


def _by_column(values: Tensor, units: int) -> Tensor:
    """A layer's values as a view (outputs, units of the layer before, uses of a unit)."""
    return values.view(len(values), units, -1)
