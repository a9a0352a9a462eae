"""What AutoSlim's widths are compared with, at the same multiply-adds or at the same weights.

Uniform widths (as in Howard et al. 2017, "MobileNets", section 3.3), random ones, and those that
pruning channels by magnitude leaves (Li et al. 2017, "Pruning filters", section 3). All of them use
up the target to the last channel that fits, as the searched ones do. Each raises Refused before
anything is trained where a target of multiply-adds is below the narrowest network.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.yu2019autoslim import of_widths, on_device, said
from brainside.networks.allowance import target
from brainside.networks.slimmable import (
    GROUPS,
    cost,
    draw_widths,
    extracted,
    filled,
    narrowest,
    slimmed_layers,
    thinner,
    weights,
)
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense
from brainside.training.loop import train

VERSION = 3
DRAWS = 1000  # of random widths, of which the first that will do is taken
CLOSE = 0.97  # of a target's multiply-adds


def uniform(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train the network with all widths in one proportion, as far as whole channels allow it.

    `reference` is the supernet, which says something of these widths, too (see `said`).
    """
    targets = {budget: target(task.network, budget) for budget in budgets}
    network = on_device(reference, task)
    for budget, allowed in targets.items():
        widths = even(task.network, allowed)
        columns = said(network, task, widths, settings(budget))
        yield of_widths(task, widths, budget, settings, seed=seed, progress=progress, **columns)


def uniform_weights(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Mapping[float, int],
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train the network with all widths in one proportion, and with as many weights as another's.

    `reference` are these weights by budget; multiply-adds follow.
    """
    for budget in budgets:
        widths = even(task.network, reference[budget], weights)
        yield of_widths(task, widths, budget, settings, seed=seed, progress=progress)


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

    `reference` is the supernet, which says something of these widths, too (see `said`).
    With `points` (the method's schedule), widths are not like those of a larger point, so that
    points close to each other are different networks of nearly one size.
    """
    points = settings(budgets[0]).get("points", [])
    chosen = random_at(task.network, budgets, points, seed=seed)
    network = on_device(reference, task)
    for budget in budgets:
        widths = chosen[budget]
        columns = said(network, task, widths, settings(budget))
        yield of_widths(task, widths, budget, settings, seed=seed, progress=progress, **columns)


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
    targets = {budget: target(task.network, budget) for budget in budgets}
    for budget, allowed in targets.items():
        network = reference.network()
        kept = strongest(network, task.network, allowed)
        small = extracted(network, task.network, kept)
        spec = {**task.network, "widths": [len(each) for each in kept]}
        trained = train(
            small,
            task.data,
            settings(budget),
            seed=derive(seed, "retraining", f"{budget:.6g}"),
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


def even(spec: Mapping[str, Any], allowed: int, count: Callable[..., int] = cost) -> list[int]:
    """Widths in one proportion, with as many single channels as a target allows.

    Every layer's channel k of n comes when the proportion passes (k - 1/2) / n.
    """
    widest = spec["widths"]
    parts = [((k - 0.5) / n, place) for place, n in enumerate(widest) for k in range(2, n + 1)]
    order = [place for _, place in sorted(parts)]
    return filled(spec, [1] * len(widest), allowed, order, count)


def random_at(
    spec: Mapping[str, Any], budgets: Sequence[float], points: Sequence[float], *, seed: int
) -> dict[float, list[int]]:
    """Random widths by budget, each apart from those of the larger points."""
    found: dict[float, list[int]] = {}
    for budget in sorted({*budgets, *points}, reverse=True):
        others = [found[point] for point in points if point > budget]
        draw = derive(seed, "random widths", f"{budget:.6g}")
        found[budget] = random_within(spec, target(spec, budget), others, seed=draw)
    return found


def random_within(
    spec: Mapping[str, Any], allowed: int, others: Sequence[Sequence[int]] = (), *, seed: int
) -> list[int]:
    """Random widths at a target, unlike all others.

    They have between `CLOSE` of its multiply-adds and all of them, and differ from each of the
    others by a group in some layer. Raises Refused where none of `DRAWS` is such.
    """
    generator = torch.Generator().manual_seed(seed)
    for _ in range(DRAWS):
        widths = wandered(spec, allowed, generator)
        near = cost(spec, widths) >= CLOSE * allowed
        if near and not any(_alike(widths, other, spec["widths"]) for other in others):
            return widths
    raise Refused(
        f"of {DRAWS} random widths none is new and has {CLOSE:g} to 1 times {allowed} multiply-adds"
    )


def _alike(first: Sequence[int], second: Sequence[int], widest: Sequence[int]) -> bool:
    layers = zip(first, second, widest, strict=True)
    return all(GROUPS * abs(one - other) < whole for one, other, whole in layers)


def wandered(spec: Mapping[str, Any], allowed: int, generator: torch.Generator) -> list[int]:
    """Random widths, drawn as for the supernet's training and moved to a target at random.

    Groups of random layers go until the target is met; then single channels of random layers come
    as long as they fit. The target is not below the narrowest network.
    """
    widest = spec["widths"]
    widths = draw_widths(widest, generator)
    while cost(spec, widths) > allowed:
        options = list(thinner(widths, widest))
        widths = options[int(torch.randint(len(options), (), generator=generator))]
    turns = torch.randint(len(widest), (4 * sum(widest),), generator=generator)
    return filled(spec, widths, allowed, turns.tolist())


def strongest(network: nn.Module, spec: Mapping[str, Any], allowed: int) -> list[Tensor]:
    """Channels (units) of each layer that are left, the strongest over all layers that fit.

    A channel's strength is the mean |w| of its filter over that of its layer's filters; every
    layer keeps two of twelve groups. As many stay as the target allows.
    """
    weights = [layer.weight.detach().abs() for layer in slimmed_layers(network)]
    strengths = [weight.flatten(1).mean(1) / weight.mean() for weight in weights]
    least = narrowest(spec["widths"])
    ranked = [
        (float(each), place)
        for place, (strength, few) in enumerate(zip(strengths, least, strict=True))
        for each in strength.sort(descending=True).values[few:]
    ]
    order = [place for _, place in sorted(ranked, key=lambda pair: -pair[0])]
    widths = filled(spec, least, allowed, order)
    orders = [strength.argsort(descending=True, stable=True) for strength in strengths]
    return [each[:width].sort().values for each, width in zip(orders, widths, strict=True)]
