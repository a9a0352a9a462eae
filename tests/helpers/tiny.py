"""A tiny learnable task, recipes, and methods run on it."""

import torch

from brainside.data.datasets import Data, Split
from brainside.methods.contract import Run, Task
from brainside.networks.weights import weight_count
from brainside.representations.compressed import Compressed

RECIPE = {"loss": "cross-entropy", "epochs": 2, "batch": 10, "learning_rate": 0.05,
          "momentum": 0.9, "weight_decay": 0.01, "l1": 0.0, "schedule": "cosine",
          "precision": "float32"}  # fmt: skip


def recipe(**changes):
    return {**RECIPE, **changes}


def tiny_split(n: int, *, seed: int, image=(1, 4, 4), classes: int = 3) -> Split:
    """Images of noise in which one pixel tells the class: learnable in a few epochs."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % classes
    images = torch.randn(n, *image, generator=generator)
    images.view(n, -1)[torch.arange(n), labels] += 3
    return Split(images, labels)


def tiny_data(n: int = 60, image=(1, 4, 4)) -> Data:
    parts = [tiny_split(n, seed=seed, image=image) for seed in range(3)]
    return Data("tiny", *parts, digest="0" * 64, classes=3)


def tiny_task(network: dict | None = None, n: int = 60) -> Task:
    network = network or {"name": "mlp", "sizes": [16, 8, 3]}
    return Task("tiny/mlp8", tiny_data(n), network, weight_count(network))


def run(method, task, progress, budgets, chosen, *, seed=3, **inputs) -> list[Compressed]:
    """The networks of a method at some budgets, with the same settings at all of them."""
    return list(method(Run(task, list(budgets), lambda _: chosen, seed, progress, **inputs)))
