"""Lottery tickets: prune by magnitude, put the survivors back to their initial values, train again.

Frankle, Carbin (2019), "The lottery ticket hypothesis", section 2 (iterative pruning with resets),
and its controls: the ticket's mask with new initial weights, or shuffled within each layer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.reference import initial
from brainside.methods.shared.pruning import Masks, keep, magnitudes, retrain
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: Compressed | None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Yield the tickets of a trajectory of pruning, each trained from the initial weights.

    The recipe is the reference's, its length included. Settings: `ranking` (see pruning.keep; the
    paper's is `halved`).
    """
    before = resume or reference
    for budget in budgets:
        before = _ticket(task, before, budget, settings(budget), seed, progress)
        yield before


def control(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Mapping[float, Compressed],
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Yield other networks with the masks of the tickets in `reference`, by budget.

    Setting `start`: `reinitialised` (the ticket's mask, new weights) or `shuffled` (the initial
    weights, the mask permuted within each layer).
    """
    for budget in budgets:
        chosen, ticket = settings(budget), reference[budget]
        network, masks = _changed(task, masks_of(ticket), chosen["start"], budget, seed)
        before = ticket.columns["epochs_total"] - chosen["epochs"]  # the ticket's own training
        at = progress.at(chosen["start"])
        yield retrain(task, network, masks, budget, chosen, before, seed, at)


def _ticket(
    task: Task,
    before: Compressed,
    budget: float,
    chosen: Mapping[str, Any],
    seed: int,
    progress: Progress,
) -> Compressed:
    """The next ticket: pruned as the last one was trained, trained from the initial weights."""
    scores, masks, kept = (
        magnitudes(before.network()),
        masks_of(before),
        task.stored_weights(budget),
    )
    masks = keep(scores, masks, kept, ranking=chosen["ranking"])
    network = initial(task.network, seed)
    epochs = before.columns["epochs_total"]
    return retrain(task, network, masks, budget, chosen, epochs, seed, progress)


def _changed(
    task: Task, masks: Masks, start: str, budget: float, seed: int
) -> tuple[nn.Module, Masks]:
    changed = derive(seed, start, f"{budget:.6g}")
    if start == "reinitialised":
        return initial(task.network, changed), masks
    if start == "shuffled":
        return initial(task.network, seed), shuffled(masks, seed=changed)
    raise Refused(f"start {start!r} is not known; write reinitialised or shuffled")


def shuffled(masks: Masks, *, seed: int) -> Masks:
    """Each layer's mask with its positions permuted: as many weights, elsewhere."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=generator)
        found[name] = mask.flatten()[order].view_as(mask)
    return found
