"""HashedNets: a hash function assigns every weight of a layer to one of a few shared values.

Chen, Wilson, Tyree, Weinberger, Chen (2015), "Compressing neural networks with the hashing trick",
section 4. Weights are hashed and biases free (the paper hashes the bias column, too), in fully
connected and in convolutional layers.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside import hashing, keys, networks
from brainside.coding.compressed import Compressed
from brainside.errors import Refused
from brainside.methods.hinton2015distillation import objective
from brainside.methods.pruning import shares
from brainside.progress import Progress
from brainside.representations import split
from brainside.task import Task
from brainside.training import Objective
from brainside.virtual import Expand, fan_in, he, rebuilt, train_virtual

VERSION = 1
REBUILD = "methods.chen2015hashednets.rebuild"


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train a HashedNet a budget, from scratch.

    The buckets are split over the layers in proportion to their weights. Setting `expansion`:
    how many times wider the hidden layers of the virtual network are (1 where it is not given).
    """
    for budget in budgets:
        yield _hashed(task, budget, settings(budget), seed, progress)


def distilled(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """The same with dark knowledge of the reference (settings `mixing`, `temperature`)."""
    for budget in budgets:
        chosen = settings(budget)
        taught = objective(reference.network(), task.data.train, chosen)
        yield _hashed(task, budget, chosen, seed, progress, taught)


def _hashed(
    task: Task,
    budget: float,
    chosen: dict[str, Any],
    seed: int,
    progress: Progress,
    taught: Objective | None = None,
) -> Compressed:
    network = expanded(task.network, chosen.get("expansion", 1))
    shapes = {n: w.shape for n, w in split(networks.build(network, seed=0))[0].items()}
    buckets = shares({n: s.numel() for n, s in shapes.items()}, task.stored_weights(budget))
    hashes = {n: keys.derive(seed, "hash", n) for n in shapes}
    layers = {}
    for name, shape in shapes.items():
        count = min(buckets[name], shape.numel())
        if count < 1:
            raise Refused(f"budget {budget:g} leaves no bucket for layer {name}; take a larger one")
        start = keys.derive(seed, "buckets", name)
        free = he((1, count), networks.gain(network) / fan_in(shape), seed=start)
        layers[name] = (free.to(task.device), lookup(shape, count, hashes[name], task.device))
    return train_virtual(
        task,
        {"network": network, "hash": hashes},
        layers,
        chosen,
        rebuild=REBUILD,
        budget=budget,
        seed=seed,
        progress=progress.at(f"budget {budget:.4g}"),
        objective=taught,
    )


def expanded(spec: dict[str, Any], factor: int) -> dict[str, Any]:
    """An MLP with hidden layers so many times as wide (section 6.3 of the paper on expansion)."""
    if factor == 1:
        return spec
    if not (isinstance(factor, int) and factor > 0):
        raise Refused(f"expansion {factor!r} is not a whole number above zero")
    if spec["name"] != "mlp":
        raise Refused(f"expansion {factor}: only an mlp can be expanded, not a {spec['name']}")
    first, *hidden, last = spec["sizes"]
    return {**spec, "sizes": [first, *(factor * n for n in hidden), last]}


def lookup(shape: torch.Size, buckets: int, seed: int, device: str = "cpu") -> Expand:
    """The expansion of buckets (1, K) to a layer's weight, differentiable."""
    narrow = hashing.indices(shape, buckets, seed=seed).to(device)
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


def rebuild(compressed: Compressed) -> nn.Module:
    """The virtual network."""
    spec = compressed.spec
    shapes = {n: w.shape for n, w in split(networks.build(spec["network"]))[0].items()}
    layers = {
        name: lookup(shapes[name], compressed.weights[name].shape[1], start)
        for name, start in spec["hash"].items()
    }
    return rebuilt(compressed, layers)
