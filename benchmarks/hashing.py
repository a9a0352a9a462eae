"""One step of a HashedNet over the step of its dense virtual network, and over direct indexing.

The limit: the dense step, and beside it one gather and one scatter of as many numbers, alone.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from timing import ratios
from torch import Tensor

from brainside.base.progress import Progress
from brainside.data.datasets import Data, Split
from brainside.methods.shared.virtual import Virtual
from brainside.networks import architectures
from brainside.representations.hashed import indices, lookup
from brainside.training.loop import train

SPEC = {"name": "mlp", "sizes": [784, 1000]}
BATCH, STEPS = 50, 50
SHAPE = torch.Size([1000, 784])
BUCKETS = SHAPE.numel() // 8
RECIPE = {"loss": "cross-entropy", "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 1e-4,
          "l1": 0.0, "schedule": "cosine", "epochs": 1, "batch": BATCH,
          "precision": "float32"}  # fmt: skip


def measure() -> Iterator[tuple[str, list[float]]]:
    """Forward, backward and optimiser of one layer, all else equal."""
    dense, ours, direct = _steps(None), _steps(lookup(SHAPE, BUCKETS, 1)), _steps(_indexed())
    place = "784x1000, 1/8, batch 50"
    yield f"HashedNet step over dense virtual step, {place}", ratios(ours, dense, repetitions=15)
    yield f"HashedNet step over direct indexing, {place}", ratios(ours, direct, repetitions=15)
    touched = _touches()
    limit = ratios(lambda: (dense(), touched()), dense, repetitions=15)
    yield f"dense step with a gather and a scatter over dense step, {place}", limit


def _touches() -> Callable[[], None]:
    """As many gathers and scatters as there are steps, with nothing around them."""
    narrow = indices(SHAPE, BUCKETS, seed=1)
    wide, table, gradient = narrow.long(), torch.randn(2 * BUCKETS), torch.randn(len(narrow))

    def touch() -> None:
        for _ in range(STEPS):
            table.index_select(0, narrow)
            torch.zeros(2 * BUCKETS).scatter_add_(0, wide, gradient)

    return touch


def _indexed() -> Callable[[Tensor], Tensor]:
    """A plain w[index] times sign, differentiated by autograd."""
    found = indices(SHAPE, BUCKETS, seed=1).long()
    index, sign = found % BUCKETS, 1.0 - 2.0 * (found >= BUCKETS)
    return lambda free: (free[0, index] * sign).view(SHAPE)


def _steps(expand: Callable[[Tensor], Tensor] | None) -> Callable[[], object]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(BATCH * STEPS, 1, 28, 28, generator=generator)
    split = Split(images, torch.randint(0, 10, (BATCH * STEPS,), generator=generator))
    data = Data("noise", split, split, split, "", 10)
    network = architectures.build(SPEC, seed=0)
    if expand:
        network[1] = Virtual(
            network[1], 0.01 * torch.randn(1, BUCKETS, generator=generator), expand
        )
    quiet = Progress("step", Path("nowhere"))
    return lambda: train(network, data, RECIPE, seed=0, progress=quiet)
