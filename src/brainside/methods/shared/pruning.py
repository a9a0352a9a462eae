"""Pruning that all saliencies share: choose masks, retrain under them, go on to the next budget."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of, of_sparse
from brainside.training.loop import Trained, train

Masks = dict[str, Tensor]
# After a round that keeps 0.8 of each hidden layer, the output layer has 0.9 = 0.8^0.472 left.
OUTPUT_EXPONENT = 0.472
Saliency = Callable[[nn.Module, Mapping[str, Any], float], dict[str, Tensor]]
Watch = Callable[[nn.Module, dict[str, Tensor], Masks, Masks], dict[str, Any]]


def prune_and_retrain(
    task: Task,
    budgets: Sequence[float],
    saliency: Saliency,
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: Compressed | None,
    progress: Progress,
    watch: Watch | None = None,
) -> Iterator[Compressed]:
    """At each budget keep the most salient weights and retrain them.

    With the setting `iterative` each budget starts from the network of the one before, otherwise
    from the reference (one-shot). `saliency(network, settings, budget)` gives a tensor of each
    weight's shape; `ranking` is `layer`, or else over the whole network. Of Han 2015, section 3:
    `scale_dropout` makes dropout weaker in retraining (see `scale_dropout`), and `remove_dead`
    takes the weights of dead units out as well, which leaves fewer than the budget allows.
    `watch(network, scores, masks before, masks after)` gives columns for the record; the network's
    weights are then still those from before.
    """
    before = resume or reference
    for budget in budgets:
        chosen = settings(budget)
        start = before if chosen["iterative"] else reference
        network, masks = start.network(), masks_of(start)
        scores = saliency(network, chosen, budget)
        whole = masks
        masks = keep(scores, masks, task.stored_weights(budget), ranking=chosen["ranking"])
        if chosen.get("remove_dead"):
            masks = without_dead(masks)
        if chosen.get("scale_dropout"):
            scale_dropout(network, masks)
        seen = watch(network, scores, whole, masks) if watch else {}
        epochs = start.columns["epochs_total"]
        before = retrain(task, network, masks, budget, chosen, epochs, seed, progress, **seen)
        yield before


def keep(scores: dict[str, Tensor], masks: Masks, kept: int, *, ranking: str) -> Masks:
    """Masks that keep exactly `kept` weights, the most salient of those that are still there.

    Ties fall to the earlier layer and position. `ranking` compares weights over the whole network
    (`global`), or within each layer: in equal proportions (`layer`), or the last layer pruned half
    as fast (`halved`, Frankle 2019). A removed weight stays so.
    """
    if ranking in ("layer", "halved"):
        quota = halved(masks, kept) if ranking == "halved" else shares(alive(masks), kept)
        return {n: _top({n: scores[n]}, {n: masks[n]}, quota[n])[n] for n in masks}
    return _top(scores, masks, kept)


def alive(masks: Masks) -> dict[str, int]:
    """How many weights are left in each layer."""
    return {name: int(mask.sum()) for name, mask in masks.items()}


def _top(scores: dict[str, Tensor], masks: Masks, kept: int) -> Masks:
    there = torch.cat([mask.flatten() for mask in masks.values()])
    ranked = torch.cat([scores[name].flatten() for name in masks])
    ranked = torch.where(there, ranked, -math.inf)
    order = torch.sort(ranked, descending=True, stable=True).indices
    chosen = torch.zeros_like(there)
    chosen[order[:kept]] = True
    parts = (chosen & there).split([mask.numel() for mask in masks.values()])
    return {n: part.reshape(m.shape) for (n, m), part in zip(masks.items(), parts, strict=True)}


def shares(sizes: Mapping[str, float], total: int) -> dict[str, int]:
    """Split a total in proportion to sizes, in whole numbers that add up (largest remainders)."""
    whole = max(1, sum(sizes.values()))
    exact = {name: size * total / whole for name, size in sizes.items()}
    parts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: parts[name] - exact[name])
    for name in by_remainder[: total - sum(parts.values())]:
        parts[name] += 1
    return parts


def halved(masks: Masks, kept: int) -> dict[str, int]:
    """Weights to keep in each layer so that `kept` are left, the last layer pruned half as fast."""
    sizes, left = {name: mask.numel() for name, mask in masks.items()}, alive(masks)
    last = list(sizes)[-1]

    def at(rate: float) -> dict[str, float]:
        return {n: s * rate ** (OUTPUT_EXPONENT if n == last else 1) for n, s in sizes.items()}

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(at(middle).values()) < kept else (low, middle)
    quota = {name: min(n, left[name]) for name, n in shares(at(high), kept).items()}
    widest = max(quota, key=lambda name: left[name] - quota[name])
    quota[widest] += min(kept, sum(left.values())) - sum(quota.values())  # a rounding's worth
    return quota


def without_dead(masks: Masks) -> Masks:
    """Masks without the weights that enter or leave a unit (channel) that is dead.

    A dead unit has no input or no output left (Han 2015, section 3.5). For layers that follow one
    another. Forwards what nothing enters, then backwards what nothing leaves: the second pass
    takes only inputs of units without outputs, so nothing new dies of it.
    """
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


def scale_dropout(network: nn.Module, masks: Masks) -> None:
    """Make the dropout behind each layer weaker by √(connections left / connections at first).

    Han 2015, equation 2: a sparser layer overfits less.
    """
    left = 1.0
    for name, module in network.named_modules():
        if f"{name}.weight" in masks:
            left = float(masks[f"{name}.weight"].float().mean())
        elif isinstance(module, nn.Dropout):
            module.p *= math.sqrt(left)


def retrain(
    task: Task,
    network: nn.Module,
    masks: Masks,
    budget: float,
    chosen: Mapping[str, Any],
    epochs_before: int,
    seed: int,
    progress: Progress,
    **columns: Any,
) -> Compressed:
    """Train a network under masks that stay as they are, by the recipe in `chosen`, and store it.

    Epochs are counted on from `epochs_before`; `columns` go into the record. The order of the
    batches is that of (seed, budget).
    """
    network.to(task.device)
    parameters = dict(network.named_parameters())
    factors = [(parameters[name], mask.to(task.device).float()) for name, mask in masks.items()]

    @torch.no_grad()
    def constrain(_: nn.Module) -> None:
        for parameter, factor in factors:
            parameter.mul_(factor)

    constrain(network)
    trained = train(
        network,
        task.data,
        chosen,
        seed=derive(seed, "retraining", f"{budget:.6g}"),
        progress=progress.at(f"budget {budget:.4g}"),
        constrain=constrain,
    )
    return stored(network, task, masks, budget, epochs_before, trained, **columns)


def stored(
    network: nn.Module,
    task: Task,
    masks: Masks,
    budget: float,
    epochs_before: int,
    trained: Trained,
    **columns: Any,
) -> Compressed:
    """The kept weights of a trained network, with the record's columns."""
    return of_sparse(
        network,
        task.network,
        masks,
        budget=budget,
        epochs_total=epochs_before + trained.epochs,
        diverged=trained.diverged,
        valid_loss_before=trained.valid_loss_before,
        **columns,
    )


def magnitudes(network: nn.Module) -> dict[str, Tensor]:
    """|w| of every weight."""
    return {name: weight.abs() for name, weight in split(network)[0].items()}
