"""Samples of exactly k items without replacement, with given inclusion probabilities."""

import torch
from torch import Tensor

from brainside.base.errors import Refused

SURE = 1 - 1e-9  # what has this probability is taken, and rounding cannot take it twice


def inclusion_probabilities(sizes: Tensor, count: int) -> Tensor:
    """Probabilities in proportion to sizes (not negative) that add up to `count`, none above 1.

    What would have more than 1 has 1, and the rest share what is left. Raises Refused where fewer
    than `count` sizes are above zero.
    """
    positive = int((sizes > 0).sum())
    if positive < count:
        raise Refused(f"{count} links are to be drawn, and only {positive} have a score above zero")
    if positive == count:
        return (sizes > 0).to(sizes)
    descending = sizes.flatten().sort(descending=True).values
    left = count - torch.arange(len(descending)).to(sizes)
    rest = descending.flip(0).cumsum(0).flip(0)
    capped = int((descending * left >= rest).long().cumprod(0).sum())  # the first so many have 1
    if capped == count:  # what is left is too small for its sum to change
        best = sizes.flatten().argsort(descending=True, stable=True)[:count]
        sure = torch.zeros_like(sizes).flatten()
        sure[best] = 1
        return sure.view_as(sizes)
    return (sizes * (left[capped] / rest[capped])).clamp(max=1)


def systematic(probabilities: Tensor, seed: int) -> Tensor:
    """A boolean mask of as many items as the probabilities add up to, a whole number.

    Each item is in it with its probability (Madow 1949): the items, in random order, are laid end
    to end as intervals, and points at distance 1 pick those that they fall into.
    """
    generator = torch.Generator().manual_seed(seed)
    flat = probabilities.flatten().double()
    drawn = flat >= SURE
    open_items = ((flat > 0) & ~drawn).nonzero().flatten()
    shuffled = open_items[torch.randperm(len(open_items), generator=generator)]
    ends = flat[shuffled].cumsum(0)
    count = round(float(ends[-1])) if len(ends) else 0
    start = torch.rand(1, generator=generator, dtype=torch.float64)
    points = torch.arange(count) + start
    drawn[shuffled[torch.searchsorted(ends[:-1].contiguous(), points, right=True)]] = True
    return drawn.view_as(probabilities)
