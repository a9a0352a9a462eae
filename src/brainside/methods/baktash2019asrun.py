"""Pruning as the published code of the comparative study does it, not as the study describes it.

Baktash, Natale, Viennot (2019), by their repository hbaktash/NNCompression at a1d2f87: sigmoids and
squared error, plain descent whose rate falls with the root of the epochs, and prunings of which
the first already removes most of what will be removed.
"""

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Split
from brainside.methods.contract import Task
from brainside.methods.lecun1990obd import saliencies
from brainside.methods.shared.pruning import Masks, keep, magnitudes
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_sparse
from brainside.training.evaluation import CHUNK, evaluate
from brainside.training.loop import train

VERSION = 1
SAVE_EVERY = 25  # epochs between resume points


@dataclass
class State:
    """Where a training is: epochs and prunings done, the epoch of the last one, and the masks."""

    masks: Masks
    epoch: int = 0
    pruned: int = 0
    last: int = 0
    diverged: bool = False
    end: float = math.inf


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
    """Train and prune a network a budget.

    Settings: `saliency` (`obd`: w²|h|, or `magnitude`), `regulariser` (`l1`, `l2`), its `strength`
    λ (over the number of images), `rate` η₀; `prunings` (theirs: 15), `wait` epochs before the
    first and after the last (50), `patience` epochs after which it is pruned however the network
    fares (25), and the training `accuracy` at which it is pruned at once (0.99); and of the recipe
    loss, batch and precision.
    """
    for budget in budgets:
        chosen = settings(budget)
        if chosen["saliency"] not in ("obd", "magnitude"):
            raise Refused(f"saliency {chosen['saliency']!r} is not known; write obd or magnitude")
        yield _network(task, budget, chosen, seed, progress.at(f"budget {budget:.4g}"))


def _network(
    task: Task, budget: float, chosen: Mapping[str, Any], seed: int, progress: Progress
) -> Compressed:
    network = _initial(task, seed)
    state, path = State(_all(network)), progress.folder / f"{progress.slug}.asrun"
    _load(path, network, state)
    while state.epoch < state.end and not state.diverged:
        _epoch(network, task, budget, chosen, seed, state, progress)
        if state.epoch % SAVE_EVERY == 0:
            _save(path, network, state)
    path.unlink(missing_ok=True)
    return of_sparse(
        network,
        task.network,
        state.masks if not state.diverged else _kept(task, network, budget, state.masks),
        budget=budget,
        epochs_total=state.epoch,
        diverged=state.diverged,
        valid_loss_before=math.nan,
    )


def _epoch(
    network: nn.Module,
    task: Task,
    budget: float,
    chosen: Mapping[str, Any],
    seed: int,
    state: State,
    progress: Progress,
) -> None:
    """One epoch, and a pruning at its end where one is due."""
    state.epoch += 1
    waited = state.epoch - state.last >= chosen["patience"]
    due = state.epoch >= chosen["wait"] and state.pruned < chosen["prunings"]
    good = due and not waited and reached(chosen["accuracy"], network, task.data.train)
    trained = train(
        network,
        task.data,
        recipe_of(chosen, state.epoch, len(task.data.train.labels)),
        seed=derive(seed, "as run", state.epoch),
        progress=progress.at(f"epoch {state.epoch}"),
        constrain=lambda _: _mask(network, state.masks),
    )
    state.diverged = trained.diverged
    if due and (waited or good) and not state.diverged:
        state.pruned, state.last = state.pruned + 1, state.epoch
        left = kept_at(state.pruned / chosen["prunings"], budget, task)
        scores = _scores(network, task, chosen)
        state.masks = keep(scores, state.masks, left, ranking="global")
        _mask(network, state.masks)
        if state.pruned == chosen["prunings"]:
            state.end = state.epoch + chosen["wait"]


def recipe_of(chosen: Mapping[str, Any], epoch: int, images: int) -> dict[str, Any]:
    """The recipe of the j-th epoch: rate 2η₀/√j.

    Their loss is half of ours, so the rate is halved, and the regulariser doubled to make up.
    """
    strength = 2 * chosen["strength"] / images
    return {
        **chosen,
        "epochs": 1,
        "schedule": "constant",
        "momentum": 0.0,
        "learning_rate": chosen["rate"] / math.sqrt(epoch),
        "weight_decay": strength if chosen["regulariser"] == "l2" else 0.0,
        "l1": strength if chosen["regulariser"] == "l1" else 0.0,
    }


def kept_at(done: float, budget: float, task: Task) -> int:
    """Weights left after k of 15 prunings: the removed share is (1 − budget) (k/15)^(1/16)."""
    if done == 1:
        return task.stored_weights(budget)
    removed = (1 - budget) * done ** (1 / 16)
    return task.reference_weights - int(removed * task.reference_weights)


def _scores(network: nn.Module, task: Task, chosen: Mapping[str, Any]) -> dict[str, Tensor]:
    if chosen["saliency"] == "magnitude":
        return magnitudes(network)
    found = {**chosen, "curvature": "full", "absolute": True}
    return saliencies(network, task, found, seed=0)


def _kept(task: Task, network: nn.Module, budget: float, masks: Masks) -> Masks:
    """Of a diverged network as many weights as the budget allows, so that it can be stored."""
    scores = {name: torch.zeros_like(mask, dtype=torch.float32) for name, mask in masks.items()}
    return keep(scores, masks, task.stored_weights(budget), ranking="global")


def _initial(task: Task, seed: int) -> nn.Module:
    """Weights of variance 1/fan-in, biases of variance 1."""
    network = architectures.build(task.network, seed=derive(seed, "initial weights"))
    generator = torch.Generator().manual_seed(derive(seed, "initial biases"))
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.normal_(generator=generator)
    return network.to(task.device)


def _all(network: nn.Module) -> Masks:
    return {name: torch.ones_like(w, dtype=torch.bool) for name, w in split(network)[0].items()}


@torch.no_grad()
def _mask(network: nn.Module, masks: Masks) -> None:
    for name, parameter in network.named_parameters():
        if name in masks:
            parameter.mul_(masks[name].to(parameter.device))


def reached(accuracy: float, network: nn.Module, split: Split) -> bool:
    """Whether a network has at least that accuracy; no image is read after it is known to fail."""
    left = (1 - accuracy) * len(split.labels) + 1e-9  # 1e-9: a third of three mistakes is one
    for images, labels in zip(split.images.split(CHUNK), split.labels.split(CHUNK), strict=True):
        left -= int(evaluate(network, Split(images, labels), "mse").mistakes.sum())
        if left < 0:
            return False
    return True


def _save(path: Path, network: nn.Module, state: State) -> None:
    buffer = io.BytesIO()
    torch.save({"network": network.state_dict(), **vars(state)}, buffer)
    write_whole(path, buffer.getvalue())


def _load(path: Path, network: nn.Module, state: State) -> None:
    if path.exists():
        found = torch.load(path, weights_only=True)
        network.load_state_dict(found.pop("network"))
        vars(state).update(found)
