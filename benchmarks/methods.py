"""The diagonal pass of OBD over one gradient, and over BackPACK's exact diagonal."""

from collections.abc import Callable, Iterator

import torch
from timing import ratios
from torch import nn
from torch.nn import functional

from brainside.data.datasets import Split
from brainside.methods.shared import curvature
from brainside.networks import architectures

BATCH = 128
NETWORKS = {
    "784-1000-10": {"name": "mlp", "sizes": [784, 1000, 10]},
    "LeNet-5": {"name": "lenet5"},
}


def measure() -> Iterator[tuple[str, list[float]]]:
    """Both networks, one batch."""
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
