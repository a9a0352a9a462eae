"""What HashedNets were compared with: random edges, and low rank with a random factor.

Chen, Wilson, Tyree, Weinberger, Chen (2015), section 6 (RER and LRD there).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside import keys, networks
from brainside.coding.compressed import Compressed
from brainside.errors import Refused
from brainside.methods.pruning import shares
from brainside.progress import Progress
from brainside.representations import split
from brainside.task import Task
from brainside.virtual import Expand, fan_in, he, rebuilt, train_virtual

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
            seeds[name] = keys.derive(seed, "edges", name)
            density = count / shape.numel()
            variance = networks.gain(task.network) / (density * fan_in(shape))
            free = he((1, count), variance, seed=keys.derive(seed, "values", name))
            layers[name] = (free, edges(shape, count, seeds[name], task.device))
        yield _trained(
            task, layers, {"edges": seeds}, "rebuild_edges", budget, settings, seed, progress
        )


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
            seeds[name] = keys.derive(seed, "factor", name)
            variance = networks.gain(task.network) / rank
            free = he((shape[0], rank), variance, seed=keys.derive(seed, "values", name))
            layers[name] = (free, factored(shape, rank, seeds[name], task.device))
        yield _trained(
            task, layers, {"factor": seeds}, "rebuild_factor", budget, settings, seed, progress
        )


def edges(shape: torch.Size, count: int, seed: int, device: str = "cpu") -> Expand:
    """The expansion of values (1, count) to a weight that is zero but at random places."""
    order = torch.randperm(shape.numel(), generator=torch.Generator().manual_seed(seed))
    places = order[:count].sort().values.to(device)

    def expand(free: Tensor) -> Tensor:
        return free.new_zeros(shape.numel()).index_put((places,), free.flatten()).view(shape)

    return expand


def factored(shape: torch.Size, rank: int, seed: int, device: str = "cpu") -> Expand:
    """The expansion of V (outputs, rank) to V U, where the rows of U have length one on average."""
    factor = he((rank, fan_in(shape)), 1 / fan_in(shape), seed=seed).to(device)
    return lambda free: (free @ factor).view(shape)


def _layers(task: Task, budget: float) -> Iterator[tuple[str, torch.Size, int]]:
    """Each layer's name, shape, and share of the budget, in proportion to its weights."""
    shapes = {n: w.shape for n, w in split(networks.build(task.network, seed=0))[0].items()}
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
        rebuild=f"methods.chen2015controls.{rebuild}",
        budget=budget,
        seed=seed,
        progress=progress.at(f"budget {budget:.4g}"),
    )


def rebuild_edges(compressed: Compressed) -> nn.Module:
    """The network with zeros where there is no edge."""
    return _rebuilt(
        compressed, "edges", lambda shape, free, seed: edges(shape, free.shape[1], seed)
    )


def rebuild_factor(compressed: Compressed) -> nn.Module:
    """The network of the products."""
    return _rebuilt(
        compressed, "factor", lambda shape, free, seed: factored(shape, free.shape[1], seed)
    )


def _rebuilt(compressed: Compressed, kind: str, expansion: Callable[..., Expand]) -> nn.Module:
    spec = compressed.spec
    shapes = {n: w.shape for n, w in split(networks.build(spec["network"]))[0].items()}
    layers = {
        name: expansion(shapes[name], compressed.weights[name], start)
        for name, start in spec[kind].items()
    }
    return rebuilt(compressed, layers)
