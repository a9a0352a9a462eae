"""HashedNets: a hash function assigns every weight of a layer to one of a few shared values.

Chen, Wilson, Tyree, Weinberger, Chen (2015), "Compressing neural networks with the hashing trick",
section 4. Weights are hashed and biases free (the paper hashes the bias column, too), in fully
connected and in convolutional layers.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.hinton2015distillation import objective
from brainside.methods.shared.pruning import shares
from brainside.methods.shared.virtual import train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, he
from brainside.representations.compressed import HASHED, Compressed
from brainside.representations.hashed import lookup
from brainside.training.loop import Objective

VERSION = 1


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
    shapes = architectures.shapes(network)
    buckets = shares({n: s.numel() for n, s in shapes.items()}, task.stored_weights(budget))
    hashes = {n: derive(seed, "hash", n) for n in shapes}
    layers = {}
    for name, shape in shapes.items():
        count = min(buckets[name], shape.numel())
        if count < 1:
            raise Refused(f"budget {budget:g} leaves no bucket for layer {name}; take a larger one")
        start = derive(seed, "buckets", name)
        free = he((1, count), architectures.gain(network) / fan_in(shape), seed=start)
        layers[name] = (free.to(task.device), lookup(shape, count, hashes[name], task.device))
    return train_virtual(
        task,
        {"network": network, "hash": hashes},
        layers,
        chosen,
        rebuild=HASHED,
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
