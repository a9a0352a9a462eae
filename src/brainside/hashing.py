"""The hash that says which bucket each weight of a layer shares, and with which sign."""

import numpy as np
import torch
from torch import Tensor


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
