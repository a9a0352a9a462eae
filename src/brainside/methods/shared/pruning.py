"""Pruning by any saliency: choose masks, retrain under them, go on to the next budget."""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Method, Point, Run
from brainside.networks.parameters import require_sequence, split
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of, of_sparse

PARAMS = {
    "prune_by": {
        "needs": ["reference"],
        "iterative": "flag",
        "ranking": ["global", "layer", "halved"],
        "remove_dead?": "flag",
    }
}
Masks = dict[str, Tensor]
# After a round that keeps 0.8 of each hidden layer, the output layer has 0.9 = 0.8^0.472 left.
OUTPUT_EXPONENT = 0.472
# (network, budget's point) -> the saliency of each weight, a tensor of its shape, by name
Saliency = Callable[[nn.Sequential, Point], dict[str, Tensor]]
# (saliencies, masks before, budget's point) -> masks after, of as many weights as it allows
Choice = Callable[[dict[str, Tensor], Masks, Point], Masks]
# (network, budget's point, saliencies, masks before, masks after) -> columns of the record
Watch = Callable[[nn.Sequential, Point, dict[str, Tensor], Masks, Masks], dict[str, Any]]
# (network, budget's point, masks before) -> masks after, columns of the record; what is kept of the
# network's weights may be changed in place
Cut = Callable[[nn.Sequential, Point, Masks], tuple[Masks, dict[str, Any]]]


def keep_all(weights: Mapping[str, Tensor]) -> Masks:
    """Masks that keep every weight, by name."""
    return {name: torch.ones_like(w, dtype=torch.bool) for name, w in weights.items()}


def no_columns(*_: Any) -> dict[str, Any]:
    """The watch that records nothing."""
    return {}


def ranked(scores: dict[str, Tensor], masks: Masks, point: Point) -> Masks:
    """The choice of the most salient weights, by the parameter `ranking` (see `keep`)."""
    return keep(scores, masks, point.weights, ranking=point.settings["ranking"])


def prune_by(saliency: Saliency, watch: Watch = no_columns, choice: Choice = ranked) -> Method:
    """The method that keeps the most salient weights at each budget and retrains them.

    With the parameter `iterative` each budget starts from the network of the one before, otherwise
    from the run's start (one-shot). `ranking` compares saliencies over the whole network or within
    layers (see `keep`). `remove_dead` removes the weights of dead units as well (Han 2015, section
    3.5), which leaves fewer than the budget allows. `watch` is called with the weights as they are
    before the removal; `choice` makes the masks of the saliencies, where the ranking alone does
    not.
    """

    def cut(network: nn.Sequential, point: Point, before: Masks) -> tuple[Masks, dict[str, Any]]:
        """Masks chosen by the saliencies, and what `watch` records of the removal."""
        scores = saliency(network, point)
        masks = choice(scores, before, point)
        if point.settings.get("remove_dead"):
            masks = without_dead(masks)
        return masks, watch(network, point, scores, before, masks)

    return prune_with(cut)


def prune_with(cut: Cut) -> Method:
    """The method that cuts a network down to each budget and retrains what is left.

    With the parameter `iterative` each budget starts from the network of the one before, otherwise
    from the run's start (one-shot).
    """

    def sweep(run: Run) -> Iterator[Compressed]:
        """Cut, retrain and store, one budget after the other."""
        before = run.resume or run.start_network
        for budget in run.budgets:
            point = run.at(budget)
            start = before if point.settings["iterative"] else run.start_network
            network = start.network()
            masks, columns = cut(network, point, masks_of(start))
            before = retrain(point, network, masks, start.columns["epochs_total"], **columns)
            yield before

    return sweep


def keep(scores: dict[str, Tensor], masks: Masks, kept: int, *, ranking: str) -> Masks:
    """Masks that keep exactly `kept` weights, the most salient of those that are still there.

    Ties fall to the earlier layer and position. A removed weight stays so. `ranking` compares
    weights over the whole network (`global`; `threshold` where scores are in units of the layers'
    thresholds, Han 2015), or within each layer: in equal proportions (`layer`), or the last layer
    pruned half as fast (`halved`, Frankle 2019). Raises Refused for another ranking.
    """
    if ranking not in RANKINGS:
        raise Refused(f"ranking {ranking!r} is not known; write one of {', '.join(RANKINGS)}")
    return RANKINGS[ranking](scores, masks, kept)


def _in_layers(quota: Callable[[Masks, int], dict[str, int]]) -> Callable[..., Masks]:
    """The ranking within layers of which each keeps its quota."""

    def in_layers(scores: dict[str, Tensor], masks: Masks, kept: int) -> Masks:
        """Masks of each layer's most salient weights, as many as its quota."""
        return best_of_layers(scores, masks, quota(masks, kept))

    return in_layers


def best_of_layers(scores: dict[str, Tensor], masks: Masks, counts: Mapping[str, int]) -> Masks:
    """Masks of the most salient weights that are still there, so many of each layer."""
    return {n: _top({n: scores[n]}, {n: masks[n]}, counts[n])[n] for n in masks}


def alive(masks: Masks) -> dict[str, int]:
    """How many weights are left in each layer."""
    return {name: int(mask.sum()) for name, mask in masks.items()}


def _top(scores: dict[str, Tensor], masks: Masks, kept: int) -> Masks:
    mask = torch.cat([mask.flatten() for mask in masks.values()])
    values = torch.cat([scores[name].flatten() for name in masks])
    values = torch.where(mask, values, -math.inf)
    order = torch.sort(values, descending=True, stable=True).indices
    best = torch.zeros_like(mask)
    best[order[:kept]] = True
    parts = (best & mask).split([mask.numel() for mask in masks.values()])
    return {n: part.reshape(m.shape) for (n, m), part in zip(masks.items(), parts, strict=True)}


def shares(sizes: Mapping[str, float], total: int) -> dict[str, int]:
    """Split a total in proportion to sizes, in whole numbers that add up (largest remainders)."""
    all_sizes = max(1, sum(sizes.values()))
    exact = {name: size * total / all_sizes for name, size in sizes.items()}
    parts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: parts[name] - exact[name])
    for name in by_remainder[: total - sum(parts.values())]:
        parts[name] += 1
    return parts


def halved(masks: Masks, kept: int) -> dict[str, int]:
    """How many weights each layer keeps, `kept` in all, the last layer being pruned half as fast.

    Frankle, Carbin (2019), "The lottery ticket hypothesis", section 2.
    """
    sizes, remaining = {name: mask.numel() for name, mask in masks.items()}, alive(masks)
    last = list(sizes)[-1]

    def sizes_at(rate: float) -> dict[str, float]:
        """What each layer has left at a rate of pruning, the last one at its slower rate."""
        return {n: s * rate ** (OUTPUT_EXPONENT if n == last else 1) for n, s in sizes.items()}

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(sizes_at(middle).values()) < kept else (low, middle)
    quota = {name: min(n, remaining[name]) for name, n in shares(sizes_at(high), kept).items()}
    spare = min(kept, sum(remaining.values())) - sum(quota.values())  # mostly a rounding's worth
    for name in sorted(quota, key=lambda name: quota[name] - remaining[name]):  # most room first
        more = min(spare, remaining[name] - quota[name])
        quota[name], spare = quota[name] + more, spare - more
    return quota


def of_diverged(masks: Masks, kept: int) -> Masks:
    """Masks with as many weights as are allowed, of a network whose weights rank nothing."""
    return _top({name: torch.zeros(mask.shape) for name, mask in masks.items()}, masks, kept)


def without_dead(masks: Masks) -> Masks:
    """Masks without the weights that enter or leave a unit (channel) that is dead.

    A dead unit has no input or no output left (Han 2015, section 3.5). For layers that follow one
    another. Forwards what nothing enters, then backwards what nothing leaves: the second pass
    takes only inputs of units without outputs, so nothing new dies of it. Refused for others.
    """
    require_sequence(masks, "removing the weights of dead units")
    masks = {name: mask.clone() for name, mask in masks.items()}
    pairs = list(pairwise(masks.values()))
    for entering, leaving in pairs:
        _per_unit(entering, leaving)[:, ~entering.flatten(1).any(1)] = False
    for entering, leaving in reversed(pairs):
        entering[~_per_unit(entering, leaving).any(2).any(0)] = False
    return masks


def _per_unit(entering: Tensor, leaving: Tensor) -> Tensor:
    """A layer's mask as a view (outputs, units of the layer before, uses of a unit)."""
    return leaving.view(len(leaving), len(entering), -1)


RANKINGS: dict[str, Callable[[dict[str, Tensor], Masks, int], Masks]] = {
    "global": _top,
    "threshold": _top,
    "layer": _in_layers(lambda masks, kept: shares(alive(masks), kept)),
    "halved": _in_layers(halved),
}


def retrain(
    point: Point, network: nn.Module, masks: Masks, epochs_before: int, **columns: Any
) -> Compressed:
    """Train a network under masks that stay as they are, and store it.

    Epochs are counted on from `epochs_before`; `columns` go into the record. The order of the
    batches is that of (seed, budget).
    """
    task = point.task
    network.to(task.device)
    parameters = dict(network.named_parameters())
    factors = [(parameters[name], mask.to(task.device).float()) for name, mask in masks.items()]

    @torch.no_grad()
    def constrain(_: nn.Module) -> None:
        """Set removed weights back to zero."""
        for parameter, factor in factors:
            parameter.mul_(factor)

    constrain(network)
    trained = point.train(network, use="retraining", constrain=constrain)
    return stored(point, network, masks, trained.columns(epochs_before) | columns)


def stored(
    point: Point, network: nn.Module, masks: Masks, columns: Mapping[str, Any]
) -> Compressed:
    """The kept weights of a trained network, with columns for the record."""
    return of_sparse(network, point.task.network, masks, budget=point.budget, **columns)


def magnitudes(network: nn.Module) -> dict[str, Tensor]:
    """|w| of every weight."""
    return {name: weight.abs() for name, weight in split(network)[0].items()}
