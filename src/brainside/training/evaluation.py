"""The one metric function: which images a network gets wrong, and its loss, in float32."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.data.datasets import Split

VERSION = 1
CHUNK = 1000  # images at a time; part of the arithmetic


@dataclass(frozen=True)
class Evaluation:
    """`mistakes` is a boolean tensor (N,), true where the class is wrong; `loss` the mean loss."""

    mistakes: Tensor
    loss: float

    @property
    def error(self) -> float:
        """Fraction of images with the wrong class."""
        return int(self.mistakes.sum()) / len(self.mistakes)


@torch.no_grad()
def evaluate(network: nn.Module, split: Split, loss: str) -> Evaluation:
    """Evaluate a network on a split where the split is; outputs that are not finite are wrong."""
    network.to(split.images.device).eval()
    mistakes, total = [], 0.0
    for images, labels in zip(split.images.split(CHUNK), split.labels.split(CHUNK), strict=True):
        outputs = network(images)
        right = (outputs.argmax(1) == labels) & outputs.isfinite().all(1)
        mistakes.append(~right)
        total += float(loss_of(loss)(outputs, labels)) * len(labels)
    return Evaluation(torch.cat(mistakes).cpu(), total / len(split.labels))


def loss_of(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """Mean loss of outputs (N, classes) and labels (N,), by its name in a recipe."""
    losses: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
        "cross-entropy": functional.cross_entropy,
        "mse": _squared,
        "mse-signed": _signed,
    }
    return losses[name]


def _squared(outputs: Tensor, labels: Tensor, *, low: float = 0.0) -> Tensor:
    """Squared error against 1 for the class and `low` elsewhere, summed, mean over images."""
    hot = functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    return (outputs - (low + (1 - low) * hot)).square().sum(1).mean()


def _signed(outputs: Tensor, labels: Tensor) -> Tensor:
    """Squared error against ±1, mean over classes and images."""
    return _squared(outputs, labels, low=-1.0) / outputs.shape[1]
