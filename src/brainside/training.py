"""The one training loop: in-memory tensors, batches by index, one thread, resumable by epoch."""

import ctypes
import io
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from brainside import keys
from brainside.augmentation import AUGMENTATIONS
from brainside.data import Data, Split
from brainside.evaluation import evaluate, loss_of
from brainside.files import write_whole
from brainside.precision import products
from brainside.progress import Progress

VERSION = 1
# (network, images, labels, their places in the training set) -> loss of a batch.
Objective = Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]
SAVE_EVERY = 20.0  # seconds between resume points

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


def prepare() -> None:
    """Settings that make a run the same bytes every time, and the fastest such: one thread.

    Deterministic kernels would also fill every new tensor first, which costs much and changes
    nothing here. A GPU's need a workspace of fixed size, and float32 is float32 there too.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_flush_denormal(True)  # decaying momenta of removed weights would crawl otherwise
    _keep_memory()


def _keep_memory() -> None:
    """Let glibc keep what a step frees for the next: page faults are a tenth of CIFAR-10's."""
    trim_threshold, mmap_max = -1, -4  # of malloc.h
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


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
    (on weights, not on biases), schedule, precision, and if it likes `augment` (one of
    augmentation.AUGMENTATIONS). `constrain` is called after every step, to put a mask back;
    `objective` takes the place of the recipe's loss of the outputs. Batches of epoch e depend on
    (seed, e) only: a killed run resumes at an epoch and ends in the same bytes.
    """
    network.to(data.train.images.device, memory_format=layout(network))
    split = as_trained(data.train, network, recipe["precision"])
    optimiser = _optimiser(network, recipe)
    state = _State(network, optimiser, progress.folder / f"{progress.slug}.state")
    epoch, before, diverged = state.load()
    epochs, plain = recipe["epochs"], loss_of_outputs(recipe["loss"])
    while epoch < epochs and not diverged:
        torch.manual_seed(keys.derive(seed, "dropout", epoch))
        with products(recipe["precision"] == "bfloat16", split.images.device):
            loss = _epoch(
                network, split, optimiser, recipe, epoch, seed, constrain, objective or plain
            )
        diverged = not math.isfinite(loss)
        epoch += 1
        if epoch == epochs - max(1, epochs // 10):
            before = evaluate(network, data.valid, recipe["loss"]).loss
        progress(f"epoch {epoch}/{epochs}, training loss {loss:.4g}")
        state.save(epoch, before, diverged)
    state.remove()
    return Trained(epoch, diverged, before)


def _epoch(
    network: nn.Module,
    split: Split,
    optimiser: torch.optim.SGD,
    recipe: Mapping[str, Any],
    epoch: int,
    seed: int,
    constrain: Callable[[nn.Module], None] | None,
    objective: Objective,
) -> float:
    network.train()
    rate = SCHEDULES[recipe["schedule"]]
    augment = AUGMENTATIONS[recipe.get("augment", "none")](keys.derive(seed, "augment", epoch))
    half = recipe["precision"] == "bfloat16"
    order = shuffled(len(split.labels), seed=keys.derive(seed, "order", epoch))
    batches = order.to(split.images.device).split(recipe["batch"])
    weights = [p for p in network.parameters() if p.dim() > 1]
    total = torch.zeros((), device=split.images.device)
    for step, index in enumerate(batches):
        done = (epoch + step / len(batches)) / recipe["epochs"]
        for group in optimiser.param_groups:
            group["lr"] = recipe["learning_rate"] * rate(done)
        with torch.autocast(split.images.device.type, torch.bfloat16, enabled=half):
            images = augment(split.images[index])
            loss = objective(network, images, split.labels[index], index)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if recipe["l1"]:
            for weight in weights:
                weight.grad.add_(weight.detach().sign(), alpha=recipe["l1"])
        optimiser.step()
        if constrain:
            constrain(network)
        total += loss.detach() * len(index)
    return float(total) / len(order)


def loss_of_outputs(name: str) -> Objective:
    """The objective of ordinary training: a recipe's loss, in float32, of the network's outputs."""
    loss = loss_of(name)

    def objective(network: nn.Module, images: Tensor, labels: Tensor, _: Tensor) -> Tensor:
        return loss(network(images).float(), labels)

    return objective


def layout(network: nn.Module) -> torch.memory_format:
    """What reads images as images is fastest with the channels last, vectors have no channels."""
    flat = isinstance(next(network.children()), nn.Flatten | nn.Linear)
    return torch.contiguous_format if flat else torch.channels_last


def as_trained(split: Split, network: nn.Module, precision: str) -> Split:
    """The images once in the layout and precision that every step would convert them to."""
    dtype = getattr(torch, precision)
    return Split(split.images.to(dtype, memory_format=layout(network)), split.labels)


def shuffled(n: int, *, seed: int) -> Tensor:
    """A permutation of 0…n−1, int64."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


def _optimiser(network: nn.Module, recipe: Mapping[str, Any]) -> torch.optim.SGD:
    weights = [p for p in network.parameters() if p.dim() > 1]
    biases = [p for p in network.parameters() if p.dim() <= 1]
    groups = [
        {"params": weights, "weight_decay": recipe["weight_decay"]},
        {"params": biases, "weight_decay": 0.0},
    ]
    rate, momentum = recipe["learning_rate"], recipe["momentum"]
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, fused=True)


class _State:
    """The resume point of one training: parameters, momenta, epochs done."""

    def __init__(self, network: nn.Module, optimiser: torch.optim.SGD, path: Path):
        self.network, self.optimiser, self.path = network, optimiser, path
        self.saved = time.monotonic()

    def load(self) -> tuple[int, float, bool]:
        if not self.path.exists():
            return 0, math.nan, False
        state = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        return state["epoch"], state["before"], state["diverged"]

    def save(self, epoch: int, before: float, diverged: bool) -> None:
        if time.monotonic() - self.saved < SAVE_EVERY:
            return
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        buffer = io.BytesIO()
        torch.save({**state, "epoch": epoch, "before": before, "diverged": diverged}, buffer)
        write_whole(self.path, buffer.getvalue())
        self.saved = time.monotonic()

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
