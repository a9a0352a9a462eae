"""The one training loop: in-memory tensors, batches by index, one thread, resumable by epoch."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Data, Split
from brainside.training.augmentation import AUGMENTATIONS
from brainside.training.evaluation import evaluate, loss_of
from brainside.training.momentum import Momentum
from brainside.training.precision import products
from brainside.training.resume import ResumePoint

VERSION = 1
# (network, images, labels, their places in the training set) -> loss of a batch.
Objective = Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    # A tenth of the training to reach the full rate, for networks that diverge at its start.
    "warm-cosine": lambda done: min(1.0, 10 * done) * (1 + math.cos(math.pi * done)) / 2,
}


@dataclass(frozen=True)
class Trained:
    """How a training went; the network itself is trained in place.

    `valid_loss_before` is the validation loss a tenth of the training before its end, to be
    compared with the final one: a network whose loss still falls was not trained to the end.
    """

    epochs: int
    diverged: bool
    valid_loss_before: float

    def columns(self, before: int = 0) -> dict[str, Any]:
        """The columns of a record; `before`: epochs that the network had been trained for."""
        return {
            "epochs_total": before + self.epochs,
            "diverged": self.diverged,
            "valid_loss_before": self.valid_loss_before,
        }


def train(
    network: nn.Module,
    data: Data,
    recipe: Mapping[str, Any],
    *,
    seed: int,
    progress: Progress,
    constrain: Callable[[nn.Module], None] | None = None,
    objective: Objective | None = None,
) -> Trained:
    """Train a network in place by stochastic gradient descent with momentum (not Nesterov's).

    `recipe` has loss, epochs, batch, learning_rate (at the start), momentum, weight_decay and l1
    (on weights, not on biases), schedule, precision, and optionally `augment` (one of
    augmentation.AUGMENTATIONS) and `clip`, the largest norm of a step's gradient (that of removed
    weights is part of it): a longer one is shortened to it. `constrain` is called after every step,
    to put a mask back; `objective` replaces the recipe's loss of the outputs. Batches of
    epoch e depend on (seed, e) only: a killed run resumes at an epoch and ends in the same bytes.
    """
    to_device(network, data.train.images.device)
    split = as_trained(data.train, network, recipe["precision"])
    optimiser = Momentum(network.parameters(), recipe["momentum"], recipe["weight_decay"])
    resume = ResumePoint(
        progress.folder / f"{progress.slug}.state", network=network, optimiser=optimiser
    )
    saved = resume.load() or {"epoch": 0, "before": math.nan, "diverged": False}
    epoch, before, diverged = saved["epoch"], saved["before"], saved["diverged"]
    epochs, plain = recipe["epochs"], loss_of_outputs(recipe["loss"])
    while epoch < epochs and not diverged:
        torch.manual_seed(derive(seed, "dropout", epoch))
        with products(recipe["precision"] == "bfloat16", split.images.device):
            loss = _epoch(
                network, split, optimiser, recipe, epoch, seed, constrain, objective or plain
            )
        diverged = not math.isfinite(loss)
        epoch += 1
        if epoch == epochs - max(1, epochs // 10):
            before = evaluate(network, data.valid, recipe["loss"]).loss
        progress(f"epoch {epoch}/{epochs}, training loss {loss:.4g}")
        resume.save(epoch=epoch, before=before, diverged=diverged)
    resume.remove()
    return Trained(epoch, diverged, before)


def _epoch(
    network: nn.Module,
    split: Split,
    optimiser: Momentum,
    recipe: Mapping[str, Any],
    epoch: int,
    seed: int,
    constrain: Callable[[nn.Module], None] | None,
    objective: Objective,
) -> float:
    network.train()
    rate = SCHEDULES[recipe["schedule"]]
    augment = AUGMENTATIONS[recipe.get("augment", "none")](derive(seed, "augment", epoch))
    half = recipe["precision"] == "bfloat16"
    order = shuffled(len(split.labels), seed=derive(seed, "order", epoch))
    batches = order.to(split.images.device).split(recipe["batch"])
    weights = [p for p in network.parameters() if p.dim() > 1]
    total = torch.zeros((), device=split.images.device)
    for step, index in enumerate(batches):
        with torch.autocast(split.images.device.type, torch.bfloat16, enabled=half):
            images = augment(split.images[index])
            loss = objective(network, images, split.labels[index], index)
        network.zero_grad()
        loss.backward()
        _shape_gradient(network, weights, recipe)
        done = (epoch + step / len(batches)) / recipe["epochs"]
        optimiser.step(recipe["learning_rate"] * rate(done))
        if constrain:
            constrain(network)
        total += loss.detach() * len(index)
    return float(total) / len(order)


def _shape_gradient(
    network: nn.Module, weights: list[nn.Parameter], recipe: Mapping[str, Any]
) -> None:
    """Add the slope of L1 to the gradient of weights, then shorten a gradient that is too long."""
    if recipe["l1"]:
        for weight in weights:
            assert weight.grad is not None
            weight.grad.add_(weight.detach().sign(), alpha=recipe["l1"])
    if "clip" in recipe:
        nn.utils.clip_grad_norm_(network.parameters(), recipe["clip"])


def loss_of_outputs(name: str) -> Objective:
    """The objective of ordinary training: a recipe's loss, in float32, of the network's outputs."""
    loss = loss_of(name)

    def objective(network: nn.Module, images: Tensor, labels: Tensor, _: Tensor) -> Tensor:
        """The loss of the outputs for a batch."""
        return loss(network(images).float(), labels)

    return objective


def to_device(network: nn.Module, device: torch.device | str) -> nn.Module:
    """The network itself, moved to a device in the layout in which it is fastest."""
    return network.to(device, memory_format=layout(network))  # type: ignore[call-overload]


def layout(network: nn.Module) -> torch.memory_format:
    """Channels last, the fastest, where the first layer reads images; contiguous for vectors."""
    flat = isinstance(next(network.children()), nn.Flatten | nn.Linear)
    return torch.contiguous_format if flat else torch.channels_last


def as_trained(split: Split, network: nn.Module, precision: str) -> Split:
    """The images once in the layout and precision that every step would convert them to."""
    dtype = getattr(torch, precision)
    return Split(split.images.to(dtype, memory_format=layout(network)), split.labels)


def shuffled(n: int, *, seed: int) -> Tensor:
    """A permutation of 0…n−1, int64."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))
