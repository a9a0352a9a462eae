"""One training step over its floor: the step's matrix products alone, same dtype, same thread."""

from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from floor import products
from timing import ratios

from brainside.base.progress import Progress
from brainside.data.datasets import Data, Split
from brainside.networks import architectures
from brainside.training.loop import train

SIZES = (784, 1000, 10)
STEPS = 50
RECIPE = {"loss": "cross-entropy", "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 1e-4,
          "l1": 0.0, "schedule": "cosine", "epochs": 1}  # fmt: skip
PRECISIONS = {"fp32": "float32", "bf16": "bfloat16"}


def measure() -> Iterator[tuple[str, list[float]]]:
    """Step over floor at three batch sizes in both precisions."""
    for short, precision in PRECISIONS.items():
        for batch in (50, 128, 512):
            figure = f"step over floor, {'-'.join(map(str, SIZES))}, batch {batch}, {short}"
            yield figure, ratios(_steps(batch, precision), _floor(batch, precision), repetitions=15)


def _steps(batch: int, precision: str) -> Callable[[], None]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(batch * STEPS, 1, 28, 28, generator=generator)
    split = Split(images, torch.randint(0, 10, (batch * STEPS,), generator=generator))
    data = Data("noise", split, split, split, "", 10)
    network = architectures.build({"name": "mlp", "sizes": list(SIZES)}, seed=0)
    recipe = {**RECIPE, "batch": batch, "precision": precision}
    quiet = Progress("step", Path("nowhere"))
    return lambda: train(network, data, recipe, seed=0, progress=quiet)


def _floor(batch: int, precision: str) -> Callable[[], None]:
    network = architectures.build({"name": "mlp", "sizes": list(SIZES)}, seed=0)
    step = products(network, torch.randn(batch, 1, 28, 28), getattr(torch, precision))

    def steps() -> None:
        for _ in range(STEPS):
            step()

    return steps
