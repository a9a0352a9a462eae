"""What is done to a network besides training, against peers that do the same.

The diagonal pass of OBD over a gradient, and BackPACK's exact diagonal over it; Torch-Pruning's
removal of channels over ours.
"""

import copy
from collections.abc import Callable, Iterator

import torch
from timing import ratios
from torch import nn
from torch.nn import functional

from brainside.data.datasets import Split
from brainside.methods.shared import curvature
from brainside.networks import architectures
from brainside.networks.slimmable import extracted, slimmed_layers

BATCH = 128
NETWORKS = {
    "784-1000-10": {"name": "mlp", "sizes": [784, 1000, 10]},
    "LeNet-5": {"name": "lenet5"},
}
SLIM = {"name": "slimnet", "image": [3, 32, 32], "widths": [24, 24, 48, 48, 96, 96],
        "pool_after": [1, 3], "classes": 10}  # fmt: skip


def measure() -> Iterator[tuple[str, list[float]]]:
    """Curvatures of both networks on one batch, and half the channels of AutoSlim's network."""
    if found := _removals():
        figure = "Torch-Pruning's removal of half the channels over ours, CIFAR-10 slim network"
        yield figure, ratios(*found, repetitions=7)
    curvature.BATCH = BATCH
    generator = torch.Generator().manual_seed(0)
    split = Split(torch.randn(BATCH, 1, 28, 28, generator=generator), torch.arange(BATCH) % 10)
    for title, spec in NETWORKS.items():
        network = architectures.build(spec, seed=0)
        ours = _ours(network, split)
        figure = f"OBD diagonal over gradient, {title}, batch {BATCH}"
        yield figure, ratios(ours, _gradient(network, split), repetitions=31)
        theirs = _backpack(architectures.build(spec, seed=0), split)
        if theirs:
            figure = f"BackPACK's exact diagonal over OBD's, {title}, batch {BATCH}"
            yield figure, ratios(theirs, ours, repetitions=7)


def _ours(network: nn.Module, split: Split) -> Callable[[], object]:
    return lambda: curvature.diagonal(network, split, "cross-entropy", "full")


def _gradient(network: nn.Module, split: Split) -> Callable[[], object]:
    weights = list(network.parameters())

    def once() -> object:
        loss = functional.cross_entropy(network(split.images), split.labels)
        return torch.autograd.grad(loss, weights)

    return once


def _backpack(network: nn.Module, split: Split) -> Callable[[], object] | None:
    try:
        from backpack import backpack, extend
        from backpack.extensions import DiagHessian
    except ImportError:
        return None
    extended, loss = extend(network), extend(nn.CrossEntropyLoss())

    def once() -> None:
        with backpack(DiagHessian()):
            loss(extended(split.images), split.labels).backward()

    return once


def _removals() -> tuple[Callable[[], object], Callable[[], object]] | None:
    """Torch-Pruning's copy without the filters of least L1 norm, and ours; none without it."""
    try:
        from torch_pruning import importance, pruner
    except ImportError:
        return None
    network = architectures.build(SLIM, seed=0)
    image = torch.zeros(1, *SLIM["image"])

    def theirs() -> object:
        copied = copy.deepcopy(network)
        l1 = importance.MagnitudeImportance(p=1)
        last = [copied[-1]]
        pruner.BasePruner(copied, image, l1, pruning_ratio=0.5, ignored_layers=last).step()
        return copied

    def ours() -> object:
        strengths = [layer.weight.detach().abs().flatten(1).sum(1)
                     for layer in slimmed_layers(network)]  # fmt: skip
        kept = [each.topk(len(each) // 2).indices.sort().values for each in strengths]
        return extracted(network, SLIM, kept)

    return theirs, ours
