"""What HashedNets were compared with: random edges, and low rank with a random factor.

Chen, Wilson, Tyree, Weinberger, Chen (2015), section 6 (RER and LRD there).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.shared.pruning import shares
from brainside.methods.shared.virtual import train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, he
from brainside.representations.compressed import EDGES, FACTOR, Compressed
from brainside.representations.factored import edges, factored
from brainside.representations.virtual import Expand

VERSION = 1


def random_edges(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train a network in which each layer has a random choice of its edges, from scratch."""
    for budget in budgets:
        layers, seeds = {}, {}
        for name, shape, count in _layers(task, budget):
            seeds[name] = derive(seed, "edges", name)
            density = count / shape.numel()
            variance = architectures.gain(task.network) / (density * fan_in(shape))
            free = he((1, count), variance, seed=derive(seed, "values", name))
            layers[name] = (free, edges(shape, count, seeds[name], task.device))
        yield _trained(task, layers, {"edges": seeds}, EDGES, budget, settings, seed, progress)


def low_rank(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train W = V U with U random and fixed, made again from its seed, and V learned."""
    for budget in budgets:
        layers, seeds = {}, {}
        for name, shape, count in _layers(task, budget):
            rank = min(count // shape[0], fan_in(shape))
            if rank < 1:
                raise Refused(f"budget {budget:g} leaves layer {name} no rank; take a larger one")
            seeds[name] = derive(seed, "factor", name)
            variance = architectures.gain(task.network) / rank
            free = he((shape[0], rank), variance, seed=derive(seed, "values", name))
            layers[name] = (free, factored(shape, rank, seeds[name], task.device))
        yield _trained(task, layers, {"factor": seeds}, FACTOR, budget, settings, seed, progress)


def _layers(task: Task, budget: float) -> Iterator[tuple[str, torch.Size, int]]:
    """Each layer's name, shape, and share of the budget, in proportion to its weights."""
    shapes = architectures.shapes(task.network)
    parts = shares({n: s.numel() for n, s in shapes.items()}, task.stored_weights(budget))
    for name, shape in shapes.items():
        if parts[name] < 1:
            raise Refused(f"budget {budget:g} leaves no weight for layer {name}; take a larger one")
        yield name, shape, parts[name]


def _trained(
    task: Task,
    layers: dict[str, tuple[Tensor, Expand]],
    seeds: dict[str, Any],
    rebuild: str,
    budget: float,
    settings: Callable,
    seed: int,
    progress: Progress,
) -> Compressed:
    return train_virtual(
        task,
        {"network": task.network, **seeds},
        {name: (free.to(task.device), expand) for name, (free, expand) in layers.items()},
        settings(budget),
        rebuild=rebuild,
        budget=budget,
        seed=seed,
        progress=progress.at(f"budget {budget:.4g}"),
    )
