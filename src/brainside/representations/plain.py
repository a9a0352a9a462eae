"""Two forms of storage: every weight, or the kept weights with their positions."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from brainside.networks import architectures
from brainside.networks.parameters import fill, split
from brainside.representations.compressed import DENSE, SPARSE, Compressed


def of_dense(
    network: nn.Module, spec: Mapping[str, Any], *, budget: float, **columns: Any
) -> Compressed:
    """Store every weight of a network built from `spec`."""
    weights, biases = split(network)
    return Compressed(budget, DENSE, dict(spec), weights, biases, columns=columns)


def of_sparse(
    network: nn.Module,
    spec: Mapping[str, Any],
    masks: Mapping[str, Tensor],
    *,
    budget: float,
    **columns: Any,
) -> Compressed:
    """Store the weights that the masks keep, with their flat positions (int32, ascending).

    `masks` maps a weight's name to a boolean tensor of its shape. A kept weight that happens to be
    zero is stored all the same.
    """
    weights, biases = split(network)
    positions = {name: masks[name].flatten().nonzero().flatten() for name in weights}
    values = {name: weights[name].flatten()[positions[name]] for name in weights}
    structure = {name: at.to(torch.int32) for name, at in positions.items()}
    return Compressed(budget, SPARSE, dict(spec), values, biases, structure, columns=columns)


def dense(compressed: Compressed) -> nn.Sequential:
    """The network of a dense store."""
    return fill(architectures.build(compressed.spec), compressed.weights, compressed.biases)


def sparse(compressed: Compressed) -> nn.Sequential:
    """The network of a sparse store, zeros where nothing is kept."""
    network = architectures.build(compressed.spec)
    shapes = {name: weight.shape for name, weight in split(network)[0].items()}
    weights = {}
    for name, shape in shapes.items():
        weights[name] = placed(compressed.structure[name], compressed.weights[name], shape, name)
    return fill(network, weights, compressed.biases)


def placed(positions: Tensor, values: Tensor, shape: torch.Size, name: str) -> Tensor:
    """Values at flat positions of a tensor that is zero elsewhere.

    Raises ValueError, with the tensor's name, where positions do not ascend; IndexError beyond it.
    """
    flat, positions = torch.zeros(shape.numel()), positions.long()
    if len(positions) and (positions[0] < 0 or (positions.diff() <= 0).any()):
        raise ValueError(f"positions of {name} do not ascend from 0")
    flat[positions] = values
    return flat.reshape(shape)


def masks_of(compressed: Compressed) -> dict[str, Tensor]:
    """The boolean masks of a sparse store, or all true for a dense one."""
    weights = split(compressed.network())[0]  # in the order of the layers, not of the file
    if compressed.rebuild == DENSE:
        return {name: torch.ones_like(w, dtype=torch.bool) for name, w in weights.items()}
    masks = {name: torch.zeros_like(w, dtype=torch.bool) for name, w in weights.items()}
    for name, mask in masks.items():
        mask.view(-1)[compressed.structure[name].long()] = True
    return masks
