"""Pruning as the published code of the comparative study does it, not as the study describes it.

Baktash, Natale, Viennot (2019), by their repository hbaktash/NNCompression at a1d2f87: sigmoids and
squared error, plain descent whose rate falls with the root of the epochs, and prunings of which
the first already removes most of what will be removed.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.data.datasets import Split
from brainside.methods.contract import Point, Run, Settings, Task, each_budget
from brainside.methods.shared.pruning import Masks, keep, keep_all, magnitudes, of_diverged
from brainside.methods.shared.saliencies import saliencies
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_sparse
from brainside.training import loop
from brainside.training.evaluation import CHUNK, evaluate
from brainside.training.resume import ResumePoint

VERSION = 1
PARAMS = {
    "sweep": {
        "saliency": ["obd", "magnitude"],  # obd: w²|h|
        "regulariser": ["l1", "l2"],
        "strength": "nonnegative",  # λ, over the number of images
        "rate": "positive",  # η₀
        "prunings": "whole",  # theirs: 15
        "wait": "count",  # epochs before the first and after the last pruning; theirs: 50
        "patience": "count",  # epochs after which it is pruned however the network does; theirs: 25
        "accuracy": "fraction",  # on training images, at which it is pruned at once; theirs: 0.99
    }
}
SAVE_EVERY = 25  # epochs between resume points


@dataclass
class State:
    """The state of a training: epochs and prunings done, the epoch of the last one, the masks."""

    masks: Masks
    epoch: int = 0
    pruned: int = 0
    last: int = 0
    diverged: bool = False
    end: float = math.inf


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train and prune one network per budget; loss, batch and precision are the recipe's."""
    point = run.at(budget)
    for name, known in (("saliency", SALIENCIES), ("regulariser", REGULARISERS)):
        if point.settings[name] not in known:
            given = point.settings[name]
            raise Refused(f"{name} {given!r} is not known; write {' or '.join(known)}")
    network, progress = _initial(run.task, run.seed), point.progress
    state = State(keep_all(split(network)[0]))
    resume = ResumePoint(progress.folder / f"{progress.slug}.asrun", every=0.0, network=network)
    vars(state).update(resume.load())
    while state.epoch < state.end and not state.diverged:
        _epoch(network, point, state)
        if state.epoch % SAVE_EVERY == 0:
            resume.save(**vars(state))
    resume.remove()
    return of_sparse(
        network,
        run.task.network,
        of_diverged(state.masks, point.weights) if state.diverged else state.masks,
        budget=budget,
        **loop.Trained(state.epoch, state.diverged, math.nan).columns(),
    )


def _epoch(network: nn.Sequential, point: Point, state: State) -> None:
    """One epoch, and a pruning at its end where one is due."""
    settings, task = point.settings, point.task
    state.epoch += 1
    waited = state.epoch - state.last >= settings["patience"]
    due = state.epoch >= settings["wait"] and state.pruned < settings["prunings"]
    good = due and not waited and reached(settings["accuracy"], network, task.data.train)
    trained = loop.train(
        network,
        task.data,
        recipe_of(settings, state.epoch, len(task.data.train.labels)),
        seed=derive(point.seed, "as run", state.epoch),
        progress=point.progress.at(f"epoch {state.epoch}"),
        constrain=lambda _: _mask(network, state.masks),
    )
    state.diverged = trained.diverged
    if due and (waited or good) and not state.diverged:
        state.pruned, state.last = state.pruned + 1, state.epoch
        kept = kept_at(state.pruned / settings["prunings"], point.budget, task)
        scores = SALIENCIES[settings["saliency"]](network, task, settings)
        state.masks = keep(scores, state.masks, kept, ranking="global")
        _mask(network, state.masks)
        if state.pruned == settings["prunings"]:
            state.end = state.epoch + settings["wait"]


def recipe_of(settings: Mapping[str, Any], epoch: int, images: int) -> dict[str, Any]:
    """The recipe of the j-th epoch: rate 2η₀/√j.

    Their loss is half of ours, so the rate is halved, and the regulariser doubled to make up.
    """
    strength = 2 * settings["strength"] / images
    return {
        **settings,
        "epochs": 1,
        "schedule": "constant",
        "momentum": 0.0,
        "learning_rate": settings["rate"] / math.sqrt(epoch),
        "weight_decay": 0.0,
        "l1": 0.0,
        REGULARISERS[settings["regulariser"]]: strength,
    }


# A regulariser's name and the field of the recipe that has its strength.
REGULARISERS = {"l1": "l1", "l2": "weight_decay"}


def kept_at(done: float, budget: float, task: Task) -> int:
    """Weights left after k of 15 prunings: the removed share is (1 − budget) (k/15)^(1/16)."""
    if done == 1:
        return task.stored_weights(budget)
    removed = (1 - budget) * done ** (1 / 16)
    return task.reference_weights - int(removed * task.reference_weights)


def _obd(network: nn.Sequential, task: Task, settings: Settings) -> dict[str, Tensor]:
    return saliencies(network, task, {**settings, "curvature": "full", "absolute": True}, seed=0)


SALIENCIES: dict[str, Callable[[nn.Sequential, Task, Settings], dict[str, Tensor]]] = {
    "obd": _obd,
    "magnitude": lambda network, task, settings: magnitudes(network),
}


def _initial(task: Task, seed: int) -> nn.Sequential:
    """Weights of variance 1/fan-in, biases of variance 1."""
    network = architectures.build(task.network, seed=derive(seed, "initial weights"))
    generator = torch.Generator().manual_seed(derive(seed, "initial biases"))
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.normal_(generator=generator)
    return network.to(task.device)


@torch.no_grad()
def _mask(network: nn.Module, masks: Masks) -> None:
    for name, parameter in network.named_parameters():
        if name in masks:
            parameter.mul_(masks[name].to(parameter.device))


def reached(accuracy: float, network: nn.Module, split: Split, *, chunk: int = CHUNK) -> bool:
    """Whether a network has at least that accuracy; no chunk is read after it is known to fail."""
    allowed = (1 - accuracy) * len(split.labels) + 1e-9  # 1e-9: a third of three mistakes is one
    for images, labels in zip(split.images.split(chunk), split.labels.split(chunk), strict=True):
        allowed -= int(evaluate(network, Split(images, labels), "mse").mistakes.sum())
        if allowed < 0:
            return False
    return True
