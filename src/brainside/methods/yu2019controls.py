"""What AutoSlim's widths are compared with, at the same multiply-adds.

Uniform widths (as in Howard et al. 2017, "MobileNets", section 3.3), random ones, and those that
pruning channels by magnitude leaves (Li et al. 2017, "Pruning filters", section 3).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside import keys
from brainside.coding.compressed import Compressed
from brainside.methods.yu2019autoslim import from_scratch
from brainside.progress import Progress
from brainside.representations import of_dense
from brainside.slimmable import (
    cost,
    draw_widths,
    extracted,
    narrowest,
    slimmed_layers,
    target,
)
from brainside.task import Task
from brainside.training import train

VERSION = 2
DRAWS = 200  # of random widths, of which one is taken


def uniform(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train the network with all widths in one proportion, the largest within the target."""
    for budget in budgets:
        widths = widest_uniform(task.network, target(task.network, budget))
        yield from_scratch(task, widths, budget, settings, seed, progress)


def random_widths(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train random widths, others at every budget.

    `reference` is the supernet, whose error at these widths is a column.
    """
    network = reference.network()
    for budget in budgets:
        draw = keys.derive(seed, "random widths", f"{budget:.6g}")
        widths = random_within(task.network, target(task.network, budget), seed=draw)
        yield from_scratch(task, widths, budget, settings, seed, progress, supernet=network)


def channel_magnitude(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Remove the reference's channels of least weight, and retrain what is left."""
    for budget in budgets:
        network = reference.network()
        kept = strongest(network, task.network, target(task.network, budget))
        small = extracted(network, task.network, kept)
        spec = {**task.network, "widths": [len(each) for each in kept]}
        trained = train(
            small,
            task.data,
            settings(budget),
            seed=keys.derive(seed, "retraining", f"{budget:.6g}"),
            progress=progress.at(f"budget {budget:.4g}"),
        )
        yield of_dense(
            small,
            spec,
            budget=budget,
            epochs_total=reference.columns["epochs_total"] + trained.epochs,
            diverged=trained.diverged,
            valid_loss_before=trained.valid_loss_before,
            widths=" ".join(map(str, spec["widths"])),
        )


def widest_uniform(spec: dict[str, Any], allowed: int) -> list[int]:
    """All widths times one factor, in steps of a channel of the widest layer."""
    widest = max(spec["widths"])
    for width in range(widest, 0, -1):
        widths = [max(1, whole * width // widest) for whole in spec["widths"]]
        if cost(spec, widths) <= allowed:
            return widths
    return [1] * len(spec["widths"])  # the target is above the narrowest network, so never


def random_within(spec: dict[str, Any], allowed: int, *, seed: int) -> list[int]:
    """Of many random widths, drawn as for the supernet's training, the ones closest below a target.

    Where none is below, the narrowest.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = [draw_widths(spec["widths"], generator) for _ in range(DRAWS)]
    costs = [(cost(spec, widths), widths) for widths in (narrowest(spec["widths"]), *drawn)]
    return max(each for each in costs if each[0] <= allowed)[1]


def strongest(network: nn.Module, spec: dict[str, Any], allowed: int) -> list[Tensor]:
    """Channels (units) left of each layer when the weakest have gone, over all layers.

    A channel's strength is the mean |w| of its filter over that of its layer's filters; every
    layer keeps two of twelve groups. As few go as the target asks for.
    """
    weights = [layer.weight.detach().abs() for layer in slimmed_layers(network)]
    strengths = [weight.flatten(1).mean(1) / weight.mean() for weight in weights]
    for strength, least in zip(strengths, narrowest(spec["widths"]), strict=True):
        strength[strength.topk(least).indices] = torch.inf
    flat = torch.cat(strengths)
    order = flat.argsort(stable=True)[: int(flat.isfinite().sum())]
    low, high = 0, len(order)
    while low < high:  # the fewest removals that meet the target
        middle = (low + high) // 2
        kept = _without(order[:middle], spec["widths"])
        fits = cost(spec, [len(each) for each in kept]) <= allowed
        low, high = (low, middle) if fits else (middle + 1, high)
    return _without(order[:low], spec["widths"])


def _without(removed: Tensor, widths: Sequence[int]) -> list[Tensor]:
    left = torch.ones(sum(widths), dtype=torch.bool)
    left[removed] = False
    return [part.nonzero().flatten() for part in left.split(list(widths))]
