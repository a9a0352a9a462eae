"""Pruning that all saliencies share: choose masks, retrain under them, go on to the next budget."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside import keys
from brainside.coding.compressed import Compressed
from brainside.progress import Progress
from brainside.representations import masks_of, of_sparse, split
from brainside.task import Task
from brainside.training import train

Masks = dict[str, Tensor]
Saliency = Callable[[nn.Module, Mapping[str, Any], float], dict[str, Tensor]]


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
) -> Iterator[Compressed]:
    """At each budget keep the most salient weights and retrain them.

    With the setting `iterative` each budget starts from the network of the one before, otherwise
    from the reference (one-shot). `saliency(network, settings, budget)` gives a tensor of each
    weight's shape; `ranking` is `global` or `layer`.
    """
    before = resume or reference
    for budget in budgets:
        chosen = settings(budget)
        start = before if chosen["iterative"] else reference
        network, masks = start.network(), masks_of(start)
        scores = saliency(network, chosen, budget)
        masks = keep(scores, masks, task.stored_weights(budget), ranking=chosen["ranking"])
        before = _retrain(task, network, masks, budget, chosen, start, seed, progress)
        yield before


def keep(scores: dict[str, Tensor], masks: Masks, kept: int, *, ranking: str) -> Masks:
    """Masks that keep exactly `kept` weights, the most salient of those that are still there.

    Ties fall to the earlier layer and position. `ranking` compares weights over the whole network
    (`global`) or within each layer, in equal proportions (`layer`). A removed weight stays so.
    """
    if ranking == "layer":
        quota = _shares({name: int(mask.sum()) for name, mask in masks.items()}, kept)
        return {n: _top({n: scores[n]}, {n: masks[n]}, quota[n])[n] for n in masks}
    return _top(scores, masks, kept)


def _top(scores: dict[str, Tensor], masks: Masks, kept: int) -> Masks:
    alive = torch.cat([mask.flatten() for mask in masks.values()])
    ranked = torch.cat([scores[name].flatten() for name in masks])
    ranked = torch.where(alive, ranked, -math.inf)
    order = torch.sort(ranked, descending=True, stable=True).indices
    chosen = torch.zeros_like(alive)
    chosen[order[:kept]] = True
    parts = (chosen & alive).split([mask.numel() for mask in masks.values()])
    return {n: part.reshape(m.shape) for (n, m), part in zip(masks.items(), parts, strict=True)}


def _shares(sizes: dict[str, int], total: int) -> dict[str, int]:
    """Split a total in proportion to sizes, in whole numbers that add up (largest remainders)."""
    whole = max(1, sum(sizes.values()))
    exact = {name: size * total / whole for name, size in sizes.items()}
    shares = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


def _retrain(
    task: Task,
    network: nn.Module,
    masks: Masks,
    budget: float,
    chosen: Mapping[str, Any],
    start: Compressed,
    seed: int,
    progress: Progress,
) -> Compressed:
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
        seed=keys.derive(seed, "retraining", f"{budget:.6g}"),
        progress=progress.at(f"budget {budget:.4g}"),
        constrain=constrain,
    )
    return of_sparse(
        network,
        task.network,
        masks,
        budget=budget,
        epochs_total=start.columns["epochs_total"] + trained.epochs,
        diverged=trained.diverged,
        valid_loss_before=trained.valid_loss_before,
    )


def magnitudes(network: nn.Module) -> dict[str, Tensor]:
    """|w| of every weight."""
    return {name: weight.abs() for name, weight in split(network)[0].items()}
