"""Layers of low rank: ranks that fit a number of weights, and the nearest matrix of a rank."""

from collections.abc import Mapping

import torch
from torch import Tensor

from brainside.base.errors import Refused


def proportion(sizes: Mapping[str, int], stored: int) -> float:
    """The share of the weights of all layers but the last that may be learned.

    Raises Refused where the last layer alone is too much.
    """
    *predicted, last = sizes.values()
    if stored <= last:
        raise Refused(f"{stored} weights are not more than the {last} of the output layer")
    return (stored - last) / sum(predicted)


def ranks(shapes: Mapping[str, torch.Size], stored: int) -> dict[str, int]:
    """The rank of each layer but the last, whose factors have the same share of its weights.

    What is left of the budget by rounding down goes, one rank at a time, to the layers that lost
    most by it. Raises Refused where a layer has none.
    """
    sizes = {name: shape.numel() for name, shape in shapes.items()}
    share = min(1.0, proportion(sizes, stored))
    prices = {n: shapes[n][0] + shapes[n][1:].numel() for n in list(shapes)[:-1]}
    exact = {name: share * sizes[name] / price for name, price in prices.items()}
    whole = {name: int(value + 1e-9) for name, value in exact.items()}
    spare = stored - sizes[list(shapes)[-1]] - sum(whole[n] * prices[n] for n in whole)
    for name in sorted(whole, key=lambda name: whole[name] - exact[name]):
        if prices[name] <= spare and whole[name] < exact[name]:
            whole[name], spare = whole[name] + 1, spare - prices[name]
    for name, rank in whole.items():
        if rank < 1:
            raise Refused(f"{stored} weights leave layer {name} no rank; take a larger budget")
    return whole


def truncated(matrix: Tensor, rank: int) -> Tensor:
    """The closest matrix of a rank to one (outputs, inputs), as factors (rank, outputs + inputs).

    The first part of a row is √s u, the second √s v; the largest entry of u is positive, so that
    the signs are the same on every machine.
    """
    u, s, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    u, s, v = u.T[:rank], s[:rank], v[:rank]
    signs = u.gather(1, u.abs().argmax(1, keepdim=True)).sign()
    return (torch.cat([u, v], 1) * signs * s.sqrt()[:, None]).to(matrix)
