"""What HashedNets were compared with: random edges, and low rank with a random factor.

Chen, Wilson, Tyree, Weinberger, Chen (2015), section 6 (RER and LRD there).
"""

from collections.abc import Iterator

import torch

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Params, Point, Run, each_budget
from brainside.methods.shared.pruning import shares
from brainside.methods.shared.virtual import train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, normal
from brainside.representations.compressed import EDGES, FACTOR, Compressed
from brainside.representations.factored import edges, factored

VERSION = 1
PARAMS: Params = {"random_edges": {}, "low_rank": {}}


@each_budget
def random_edges(run: Run, budget: float) -> Compressed:
    """Train a network in which each layer has a random choice of its edges, from scratch."""
    point, network = run.at(budget), run.task.network
    layers, seeds = {}, {}
    for name, shape, count in _layers(point):
        seeds[name] = derive(run.seed, "edges", name)
        density = count / shape.numel()
        variance = architectures.gain(network) / (density * fan_in(shape))
        free = normal((1, count), variance, seed=derive(run.seed, "values", name))
        layers[name] = (free, edges(shape, count, seeds[name], run.task.device))
    return train_virtual(point, {"network": network, "edges": seeds}, layers, rebuild=EDGES)


@each_budget
def low_rank(run: Run, budget: float) -> Compressed:
    """Train W = V U with U random and fixed, rebuilt from its seed, and V learned."""
    point, network = run.at(budget), run.task.network
    layers, seeds = {}, {}
    for name, shape, count in _layers(point):
        rank = min(count // shape[0], fan_in(shape))
        if rank < 1:
            raise Refused(f"budget {budget:g} leaves layer {name} no rank; take a larger one")
        seeds[name] = derive(run.seed, "factor", name)
        variance = architectures.gain(network) / rank
        free = normal((shape[0], rank), variance, seed=derive(run.seed, "values", name))
        layers[name] = (free, factored(shape, rank, seeds[name], run.task.device))
    return train_virtual(point, {"network": network, "factor": seeds}, layers, rebuild=FACTOR)


def _layers(point: Point) -> Iterator[tuple[str, torch.Size, int]]:
    """Each layer's name, shape, and share of the budget, in proportion to its weights."""
    shapes = architectures.shapes(point.task.network)
    counts = shares({n: s.numel() for n, s in shapes.items()}, point.weights)
    for name, shape in shapes.items():
        if counts[name] < 1:
            raise Refused(
                f"budget {point.budget:g} leaves no weight for layer {name}; take a larger one"
            )
        yield name, shape, counts[name]
