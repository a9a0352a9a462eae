"""Random pruning, the control that any saliency must beat.

Blalock, Gonzalez Ortiz, Frankle, Guttag (2020), "What is the state of neural network pruning?",
section 6, ask for it as a baseline.
"""

import torch
from torch import Tensor, nn

from brainside.methods.contract import Point
from brainside.methods.shared.pruning import prune_by
from brainside.networks.parameters import split

VERSION = 1
PARAMS = {"sweep": "shared.pruning.prune_by"}


def saliency(network: nn.Module, point: Point) -> dict[str, Tensor]:
    """Uniform random numbers, which depend on the seed and the budget only."""
    generator = torch.Generator().manual_seed(point.derived("mask"))
    weights = split(network)[0]
    return {name: torch.rand(w.shape, generator=generator) for name, w in weights.items()}


sweep = prune_by(saliency)
