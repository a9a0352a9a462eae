"""Dictionaries in which the weights of a layer are written: rows U (atoms, features).

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), "Predicting parameters in deep learning", sections
3 and 4. A feature is what one weight of an output looks at: a pixel, or a place in a kernel.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.networks import architectures
from brainside.representations.compressed import Compressed
from brainside.representations.virtual import Expand, rebuilt

COMPUTED = ("squared-exponential", "random", "connections")  # from a seed, without data


def atoms(
    kind: str,
    box: Sequence[int],
    count: int,
    *,
    seed: int,
    width: float,
    ridge: float,
    stratified: bool = False,
) -> Tensor:
    """`count` atoms for inputs of so many channels, rows and columns, float64 (count, features).

    `squared-exponential`: smooth functions through random places α, by kernel ridge regression
    with a kernel of a width (in pixels) and a ridge; input channels are independent. `random`:
    normal vectors. `connections`: α itself, so that only those weights are not zero. `stratified`:
    α has as many places in each channel, or one more.
    Raises Refused for more atoms than features, or a kernel matrix that is not positive definite.
    """
    features = math.prod(box)
    if count > features:
        raise Refused(f"{count} atoms for {features} features; ask for a smaller budget")
    generator = torch.Generator().manual_seed(seed)
    if kind == "random":
        return torch.randn(count, features, generator=generator, dtype=torch.float64)
    strata = box if stratified else [1, features]
    chosen = _in_turns(strata, generator)[:count].sort().values
    if kind == "connections":
        return torch.eye(features, dtype=torch.float64)[chosen]
    if kind == "squared-exponential":
        return predictors(squared_exponential(box, width), chosen, ridge)
    raise Refused(f"unknown dictionary {kind!r}; known without data: {', '.join(COMPUTED)}")


def _in_turns(box: Sequence[int], generator: torch.Generator) -> Tensor:
    """All features (features,) in a random order that takes one of each channel in turn."""
    channels, places = box[0], math.prod(box[1:])
    within = torch.stack([torch.randperm(places, generator=generator) for _ in range(channels)])
    turns = torch.randperm(channels, generator=generator)
    return (within + places * torch.arange(channels)[:, None])[turns].T.flatten()


def squared_exponential(box: Sequence[int], width: float) -> Tensor:
    """exp(−‖i − j‖²/2σ²) between places, zero between channels (features, features)."""
    places = torch.from_numpy(np.stack(np.unravel_index(np.arange(math.prod(box)), box), 1))
    channel, place = places[:, :1], places[:, 1:].double()
    distance = (place[:, None] - place[None]).square().sum(2)
    return torch.exp(-distance / (2 * width**2)) * (channel == channel.T)


def predictors(kernel: Tensor, chosen: Tensor, ridge: float) -> Tensor:
    """(K_α + λI)⁻¹ k_α: what every feature is predicted to be from those chosen (equation 2)."""
    known = kernel[chosen][:, chosen] + ridge * torch.eye(len(chosen), dtype=kernel.dtype)
    factor, failed = torch.linalg.cholesky_ex(known)
    if failed:
        raise Refused("the kernel matrix is not positive definite; take a larger ridge")
    return torch.cholesky_solve(kernel[chosen], factor)


def orthonormal(rows: Tensor) -> Tensor:
    """Rows that span the same space with unit length and right angles, signs fixed."""
    q, r = torch.linalg.qr(rows.T)
    signs = r.diagonal().sign()
    return (q * torch.where(signs == 0, torch.ones_like(signs), signs)).T


def columns_of(entry: Mapping[str, Any]) -> Tensor:
    """A layer's dictionaries, one per column, float32 (columns, atoms, features), from its plan."""
    made = []
    for column in range(entry["columns"]):
        rows = atoms(
            entry["dictionary"],
            entry["box"],
            entry["atoms"],
            seed=derive(entry["seed"], column),
            width=entry["width"],
            ridge=entry["ridge"],
            stratified=entry.get("stratified", False),
        )
        made.append(orthonormal(rows) if entry["orthonormal"] else rows)
    return torch.stack(made).float()


def product(rows: Tensor, shape: torch.Size) -> Expand:
    """The expansion of V (outputs, atoms) to the weight; each column has its own dictionary."""

    def expand(free: Tensor) -> Tensor:
        """The weight whose columns of outputs are each written in their own dictionary."""
        groups = zip(free.tensor_split(len(rows)), rows, strict=True)
        return torch.cat([values @ dictionary for values, dictionary in groups]).view(shape)

    return expand


def factors(shape: torch.Size) -> Expand:
    """The expansion of two factors side by side (rank, outputs + features) to their product."""
    return lambda free: (free[:, : shape[0]].T @ free[:, shape[0] :]).view(shape)


def rebuild(compressed: Compressed) -> nn.Sequential:
    """The network, with dictionaries made again from their seeds, or read where they are stored.

    Raises ValueError for a plan that does not fit its layer, before anything is made of it.
    """
    shapes = architectures.shapes(compressed.spec["network"])
    for name, entry in compressed.spec["predicted"].items():
        _check_plan(entry, shapes[name])
    layers = {
        name: product(
            compressed.structure[name] if name in compressed.structure else columns_of(entry),
            shapes[name],
        )
        for name, entry in compressed.spec["predicted"].items()
    }
    return rebuilt(compressed, layers)


def _check_plan(entry: Mapping[str, Any], shape: torch.Size) -> None:
    outputs, features = shape[0], shape[1:].numel()
    if not 0 < entry["columns"] <= outputs or not 0 < entry["atoms"] <= features:
        raise ValueError(f"{entry['columns']} columns of {entry['atoms']} atoms for {tuple(shape)}")
    if math.prod(entry["box"]) != features:
        raise ValueError(f"a box {entry['box']} for {features} features")


def rebuild_factors(compressed: Compressed) -> nn.Sequential:
    """The network of the products."""
    shapes = architectures.shapes(compressed.spec["network"])
    return rebuilt(
        compressed, {name: factors(shapes[name]) for name in compressed.spec["low_rank"]}
    )
