"""AutoSlim: a slimmable network is trained once, and its widest layers are thinned greedily.

Yu, Huang (2019), "AutoSlim: towards one-shot architecture search for channel numbers", section 3:
the supernet by the sandwich rule and in-place distillation, greedy slimming by its loss on images
kept apart, and training of the found widths from scratch.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Data, Split
from brainside.methods.contract import Task
from brainside.methods.reference import initial, train_dense
from brainside.networks.allowance import target
from brainside.networks.slimmable import (
    cost,
    draw_widths,
    extracted,
    filled,
    first,
    forward_at,
    narrowest,
    recalibrated,
    thinner,
)
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense
from brainside.training.evaluation import evaluate
from brainside.training.loop import Objective, as_trained, layout, train
from brainside.training.precision import products

VERSION = 2
CALIBRATION = 1000  # images that normalisation is adjusted with
AT_ONCE = 200  # images whose activations stay in a core's cache


class Step(NamedTuple):
    """A step of the search: loss on the images kept apart, multiply-adds, widths."""

    loss: float
    cost: int
    widths: list[int]


def supernet(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train the network at all widths at once; what is stored is the widest.

    Setting `held_out`: training images that the search will score on, which are not trained with.
    """
    (budget,) = budgets
    chosen, spec = settings(budget), task.network
    network, seen = initial(spec, seed), trained_with(task.data.train, chosen["held_out"])
    data = replace(task.data, train=seen)
    trained = train(
        network,
        data,
        chosen,
        seed=seed,
        progress=progress,
        objective=sandwich(spec["widths"], derive(seed, "widths")),
    )
    found = slimmed(network, spec, spec["widths"], data)
    yield of_dense(
        found,
        spec,
        budget=budget,
        epochs_total=trained.epochs,
        diverged=trained.diverged,
        # Before the end its normalisation has no statistics, and so it has no validation loss.
        valid_loss_before=math.nan,
    )


def sandwich(widths: Sequence[int], seed: int) -> Objective:
    """The loss of the widest, the narrowest and two random networks of a batch, summed.

    All but the widest learn the widest one's outputs. Each layer draws a width of its own.
    """

    def objective(network: nn.Module, images: Tensor, labels: Tensor, places: Tensor) -> Tensor:
        # Drawn from the batch itself: a training that goes on after a kill draws the same.
        batch = derive(seed, int(places[0]), int(places[-1]))
        generator = torch.Generator().manual_seed(batch)
        drawn = [draw_widths(widths, generator) for _ in range(2)]
        outputs = forward_at(network, images, widths).float()
        total, taught = functional.cross_entropy(outputs, labels), outputs.detach().softmax(1)
        for chosen in (narrowest(widths), *drawn):
            narrow = forward_at(network, images, chosen).float()
            total = total + functional.cross_entropy(narrow, taught)
        return total

    return objective


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Slim the supernet until each multiply-add target is reached, and train those widths anew.

    Budgets are fractions of the widest network's multiply-adds, `reference` is the supernet.
    Setting `held_out`: how many training images, the last ones, the search scores on. Columns: the
    `path` of the search with its losses and multiply-adds, and what the supernet has `said`. Raises
    Refused before anything is trained where a target is below the narrowest network, or where the
    supernet diverged.
    """
    targets = {budget: target(task.network, budget) for budget in budgets}
    network = on_device(reference, task)
    path = search(network, task, min(targets.values()), settings(budgets[0]), progress)
    for budget, allowed in targets.items():
        steps = path[: 1 + next(n for n, step in enumerate(path) if step.cost <= allowed)]
        widths = given_back([step.widths for step in steps], task.network, allowed)
        yield of_widths(
            task,
            widths,
            budget,
            settings,
            seed=seed,
            progress=progress,
            **said(network, task, widths, settings(budget)),
            path=";".join(_text(step.widths) for step in steps),
            path_losses=_text(f"{step.loss:.6g}" for step in steps),
            path_multiply_adds=_text(step.cost for step in steps),
        )


def on_device(supernet: Compressed, task: Task) -> nn.Module:
    """The supernet's network, where the data are and in the layout that is fastest."""
    network = supernet.network()
    return network.to(task.device, memory_format=layout(network))


def search(
    network: nn.Module, task: Task, least: int, chosen: Mapping[str, Any], progress: Progress
) -> list[Step]:
    """The steps from the widest network to one of `least` multiply-adds, a group removed at each.

    The group goes whose layer's thinning leaves the least loss on the images kept apart, scored in
    the recipe's precision; of equal losses the cheaper network. Every step is written down, so
    that a kill loses one. Raises Refused where a step's loss is not finite.
    """
    file, spec, start = progress.folder / f"{progress.slug}.path", task.network, time.monotonic()
    apart = scored_on(task, network, chosen)

    def step(widths: list[int]) -> Step:
        return Step(loss_at(network, widths, apart), cost(spec, widths), widths)

    done = json.loads(file.read_text()) if file.exists() else []
    path = [Step(*each) for each in done] or [_finite(step(list(spec["widths"])))]
    while path[-1].cost > least:
        path.append(_finite(min(map(step, thinner(path[-1].widths, spec["widths"])))))
        write_whole(file, json.dumps(path).encode())
        progress(f"slimming to {least}: {path[-1].cost} multiply-adds, {path[-1].widths}")
    took, steps = time.monotonic() - start, len(path) - max(1, len(done))
    progress(f"search ended: {steps} steps in {took:.0f} s", always=True)
    return path


def _finite(step: Step) -> Step:
    if math.isinf(step.loss):
        raise Refused(f"the supernet diverged: its loss at widths {step.widths} is not finite")
    return step


def scored_on(task: Task, network: nn.Module, chosen: Mapping[str, Any]) -> Split:
    """The images kept apart, in the precision that the supernet was trained in."""
    return as_trained(kept_apart(task.data.train, chosen["held_out"]), network, chosen["precision"])


@torch.no_grad()
def loss_at(network: nn.Module, widths: Sequence[int], apart: Split) -> float:
    """The supernet's loss at some widths on images kept apart; infinite where it is no number.

    Its normalisation is recalibrated on the first of the images that it is scored on, without their
    labels. In the images' precision, float32 or bfloat16.
    """
    device, total = apart.images.device, 0.0
    half = apart.images.dtype == torch.bfloat16
    with products(half, device), torch.autocast(device.type, torch.bfloat16, enabled=half):
        statistics = recalibrated(network, apart.images[:CALIBRATION], widths)
        parts = apart.images.split(AT_ONCE), apart.labels.split(AT_ONCE)
        for images, labels in zip(*parts, strict=True):
            outputs = forward_at(network, images, widths, statistics).float()
            total += float(functional.cross_entropy(outputs, labels, reduction="sum"))
    return total / len(apart.labels) if math.isfinite(total) else math.inf


def given_back(path: Sequence[Sequence[int]], spec: Mapping[str, Any], allowed: int) -> list[int]:
    """The last widths of a path of groups, with single channels more, as many as a target allows.

    First in the layer that lost a group last, then in the one before it, and so on.
    """
    changes = reversed(list(pairwise(path)))
    thinned = [n for wide, thin in changes for n in range(len(thin)) if wide[n] > thin[n]]
    order = [place for place in dict.fromkeys(thinned) for _ in range(spec["widths"][place])]
    return filled(spec, path[-1], allowed, order)


def of_widths(
    task: Task,
    widths: Sequence[int],
    budget: float,
    settings: Callable,
    *,
    seed: int,
    progress: Progress,
    **columns: Any,
) -> Compressed:
    """Train a network of some widths from scratch. Columns: these, and those given."""
    spec, at = {**task.network, "widths": list(widths)}, progress.at(f"budget {budget:.4g}")
    stored = train_dense(task, spec, budget, settings, seed=seed, progress=at)
    return replace(stored, columns={**stored.columns, "widths": _text(widths), **columns})


def said(
    supernet: nn.Module, task: Task, widths: Sequence[int], chosen: Mapping[str, Any]
) -> dict[str, float]:
    """What the supernet says of some widths: the search's score, validation error and loss.

    Raises Refused where its widest network has no finite score.
    """
    apart, whole = scored_on(task, supernet, chosen), task.network["widths"]
    _finite(Step(loss_at(supernet, whole, apart), cost(task.network, whole), whole))
    small = slimmed(supernet, task.network, widths, task.data)
    found = evaluate(small, task.data.valid, chosen["loss"])
    return {
        "supernet_loss": loss_at(supernet, widths, apart),
        "supernet_valid_error": found.error,
        "supernet_valid_loss": found.loss,
    }


def _text(values: Iterable[Any]) -> str:
    return " ".join(map(str, values))


def slimmed(
    network: nn.Module, spec: Mapping[str, Any], widths: Sequence[int], data: Data
) -> nn.Module:
    """The supernet's network of some widths, recalibrated on training images."""
    images = data.train.images[:CALIBRATION]
    statistics = recalibrated(network.to(images.device), images, widths)
    return extracted(network, spec, first(widths), statistics)


def trained_with(train: Split, held_out: int) -> Split:
    """The training images but the last ones."""
    return Split(train.images[:-held_out], train.labels[:-held_out])


def kept_apart(train: Split, held_out: int) -> Split:
    """The last training images."""
    return Split(train.images[-held_out:], train.labels[-held_out:])
