"""The hash that says which bucket each weight of a layer shares, and with which sign."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from brainside.networks import architectures
from brainside.representations.compressed import Compressed
from brainside.representations.virtual import Expand, rebuilt


def indices(shape: torch.Size, buckets: int, *, seed: int) -> Tensor:
    """Bucket and sign of every weight of a layer, flat, int32 in 0…2K−1.

    Below K the weight is that bucket's value, from K on the negative value of the bucket K below.
    With as many buckets as weights each weight has its own. The hash mixes the weight's place as
    the generator SplitMix64 does its state (Steele et al. 2014); `seed` is its start.
    """
    edges = shape.numel()
    if buckets >= edges:
        return torch.arange(edges, dtype=torch.int32)
    bits = mixed(np.arange(edges, dtype=np.uint64), seed=seed)
    # The upper half chooses the bucket (evenly, to one in 2³²/K), the lowest bit the sign.
    bucket = (bits >> np.uint64(32)) * np.uint64(buckets) >> np.uint64(32)
    negative = bits & np.uint64(1)
    return torch.from_numpy((bucket + negative * np.uint64(buckets)).astype(np.int32))


def mixed(places: np.ndarray, *, seed: int) -> np.ndarray:
    """64 random-looking bits for each place, uint64."""
    with np.errstate(over="ignore"):
        z = (places + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def lookup(shape: torch.Size, buckets: int, seed: int, device: str = "cpu") -> Expand:
    """The expansion of buckets (1, K) to a layer's weight, differentiable."""
    narrow = indices(shape, buckets, seed=seed).to(device)
    wide = narrow.long()  # gathering is fastest with 32 bits, scattering with 64
    return lambda free: Lookup.apply(free, narrow, wide).view(shape)


class Lookup(torch.autograd.Function):
    """Signed values by index, from the table (w, −w)."""

    @staticmethod
    def forward(ctx: Any, free: Tensor, narrow: Tensor, wide: Tensor) -> Tensor:
        """Values (edges,) of buckets (1, K)."""
        ctx.save_for_backward(wide)
        ctx.buckets = free.shape[1]
        return torch.cat([free, -free], 1).flatten().index_select(0, narrow)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """The sum over a bucket's edges, with their signs (equation 12 of the paper)."""
        (wide,) = ctx.saved_tensors
        sums = gradient.new_zeros(2 * ctx.buckets).scatter_add_(0, wide, gradient.contiguous())
        return (sums[: ctx.buckets] - sums[ctx.buckets :])[None], None, None


def rebuild(compressed: Compressed) -> nn.Sequential:
    """The virtual network."""
    spec = compressed.spec
    shapes = architectures.shapes(spec["network"])
    layers = {
        name: lookup(shapes[name], compressed.weights[name].shape[1], start)
        for name, start in spec["hash"].items()
    }
    return rebuilt(compressed, layers)
