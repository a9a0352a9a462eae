"""Lottery tickets: prune by magnitude, reset the others to their initial values, train again.

Frankle, Carbin (2019), "The lottery ticket hypothesis", section 2 (iterative pruning with resets),
and its controls: the ticket's mask with new initial weights, or shuffled within each layer.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import nn

from brainside.base.errors import Refused
from brainside.methods.contract import Point, Run, each_budget
from brainside.methods.shared.dense import initial
from brainside.methods.shared.pruning import Masks, keep, magnitudes, retrain
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of

VERSION = 1
PARAMS = {
    # The paper's ranking is `halved`.
    "sweep": {"needs": ["reference"], "ranking": ["global", "layer", "halved"]},
    "control": {"needs": ["references"], "start": ["reinitialised", "shuffled"]},
}


def sweep(run: Run) -> Iterator[Compressed]:
    """Yield the tickets of a trajectory of pruning, each trained from the initial weights.

    The recipe is the reference's, its length included.
    """
    before = run.resume or run.start_network
    for budget in run.budgets:
        before = _ticket(run.at(budget), before)
        yield before


def _ticket(point: Point, before: Compressed) -> Compressed:
    """The next ticket: the mask by the last one's trained weights, the weights the initial ones."""
    scores, masks = magnitudes(before.network()), masks_of(before)
    masks = keep(scores, masks, point.weights, ranking=point.settings["ranking"])
    network = initial(point.task.network, point.seed)
    return retrain(point, network, masks, before.columns["epochs_total"])


@each_budget
def control(run: Run, budget: float) -> Compressed:
    """Train another network with the mask of the ticket of this budget.

    `start: reinitialised` has the ticket's mask and new weights, `shuffled` the initial weights and
    the mask permuted within each layer.
    """
    start = run.settings(budget)["start"]
    point = replace(run, progress=run.progress.at(start)).at(budget)
    ticket = run.start_networks[budget]
    network, masks = _changed(point, masks_of(ticket))
    before = ticket.columns["epochs_total"] - point.settings["epochs"]  # the ticket's own training
    return retrain(point, network, masks, before)


def _changed(point: Point, masks: Masks) -> tuple[nn.Module, Masks]:
    start, network = point.settings["start"], point.task.network
    if start == "reinitialised":
        return initial(network, point.derived(start)), masks
    if start == "shuffled":
        return initial(network, point.seed), shuffled(masks, seed=point.derived(start))
    raise Refused(f"start {start!r} is not known; write reinitialised or shuffled")


def shuffled(masks: Masks, *, seed: int) -> Masks:
    """Each layer's mask with its positions permuted, so that it keeps as many weights."""
    generator = torch.Generator().manual_seed(seed)
    permuted = {}
    for name, mask in masks.items():
        order = torch.randperm(mask.numel(), generator=generator)
        permuted[name] = mask.flatten()[order].view_as(mask)
    return permuted
