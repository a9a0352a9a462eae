"""Dictionaries in which the weights of a layer are written: rows U (atoms, features).

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), "Predicting parameters in deep learning", sections
3 and 4. A feature is what one weight of an output looks at: a pixel, or a place in a kernel.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from brainside.errors import Refused

COMPUTED = ("squared-exponential", "random", "connections")  # from a seed, without data


def atoms(
    kind: str, box: Sequence[int], count: int, *, seed: int, width: float, ridge: float
) -> Tensor:
    """`count` atoms for inputs of so many channels, rows and columns, float64 (count, features).

    `squared-exponential`: smooth functions through random places α, by kernel ridge regression
    with a kernel of a width (in pixels) and a ridge; input channels are independent. `random`:
    normal vectors. `connections`: α itself, so that only those weights are not zero.
    Raises Refused for more atoms than features, or a kernel matrix that is not positive definite.
    """
    features = math.prod(box)
    if count > features:
        raise Refused(f"{count} atoms for {features} features; ask for a smaller budget")
    generator = torch.Generator().manual_seed(seed)
    if kind == "random":
        return torch.randn(count, features, generator=generator, dtype=torch.float64)
    chosen = torch.randperm(features, generator=generator)[:count].sort().values
    if kind == "connections":
        return torch.eye(features, dtype=torch.float64)[chosen]
    if kind == "squared-exponential":
        return predictors(squared_exponential(box, width), chosen, ridge)
    raise Refused(f"unknown dictionary {kind!r}; known without data: {', '.join(COMPUTED)}")


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
