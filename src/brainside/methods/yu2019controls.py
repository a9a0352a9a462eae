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

from brainside.base.budgets import tag
from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Params, Run, each_budget
from brainside.methods.shared.supernet import network_of, of_widths, predictions, text_of
from brainside.networks.allowance import target
from brainside.networks.slimmable import (
    cost,
    draw_widths,
    extracted,
    filled,
    slimmed_layers,
    thinner,
    weights,
)
from brainside.networks.widths import GROUPS, narrowest
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense

VERSION = 3
PARAMS: Params = {
    # As many images as the supernet was trained without: it is scored on them.
    "uniform": {"needs": ["reference", "multiply-adds"], "held_out": "some images"},
    "uniform_weights": {"needs": ["weights of another", "widths"]},
    "random_widths": {"needs": ["reference", "multiply-adds"], "held_out": "some images"},
    "channel_magnitude": {"needs": ["reference", "multiply-adds"]},
}
DRAWS = 1000  # of random widths, of which the first that will do is taken
CLOSE = 0.97  # of a target's multiply-adds


def uniform(run: Run) -> Iterator[Compressed]:
    """Train the network with all widths in one proportion, as far as whole channels allow it.

    The run starts from the supernet, whose predictions for these widths are recorded, too.
    """
    spec = run.task.network
    targets = {budget: target(spec, budget) for budget in run.budgets}
    yield from _predicted(run, {budget: even(spec, n) for budget, n in targets.items()})


def _predicted(run: Run, widths: Mapping[float, list[int]]) -> Iterator[Compressed]:
    """Train networks of some widths by budget, beside the supernet's predictions for them."""
    network = network_of(run.start_network, run.task)
    for budget in run.budgets:
        point = run.at(budget)
        columns = predictions(network, run.task, widths[budget], point.settings)
        yield of_widths(point, widths[budget], **columns)


@each_budget
def uniform_weights(run: Run, budget: float) -> Compressed:
    """Train the network with all widths in one proportion and as many weights as another's.

    The run starts from these numbers of weights; the multiply-adds follow from them.
    """
    widths = even(run.task.network, run.start_weights[budget], weights)
    return of_widths(run.at(budget), widths)


def random_widths(run: Run) -> Iterator[Compressed]:
    """Train random widths, others at every budget.

    The run starts from the supernet, whose predictions for these widths are recorded, too. With a
    schedule, widths are not like those of a larger point of it, so that points close to each other
    are different networks of nearly one size.
    """
    widths = random_at(run.task.network, run.budgets, run.points, seed=run.seed)
    yield from _predicted(run, widths)


def channel_magnitude(run: Run) -> Iterator[Compressed]:
    """Remove the channels of least weight of the start, and retrain the smaller network."""
    task, start = run.task, run.start_network
    targets = {budget: target(task.network, budget) for budget in run.budgets}
    for budget, allowed in targets.items():
        point, network = run.at(budget), start.network()
        kept = strongest(network, task.network, allowed)
        small = extracted(network, task.network, kept)
        spec = {**task.network, "widths": [len(channels) for channels in kept]}
        trained = point.train(small, use="retraining")
        columns = trained.columns(start.columns["epochs_total"])
        widths = text_of(spec["widths"])
        yield of_dense(small, spec, budget=budget, widths=widths, **columns)


def even(spec: Mapping[str, Any], allowed: int, count: Callable[..., int] = cost) -> list[int]:
    """Widths in one proportion, with as many single channels as a target allows.

    Every layer's channel k of n comes when the proportion passes (k - 1/2) / n.
    """
    widest = spec["widths"]
    parts = [((k - 0.5) / n, layer) for layer, n in enumerate(widest) for k in range(2, n + 1)]
    order = [layer for _, layer in sorted(parts)]
    return filled(spec, [1] * len(widest), allowed, order, count)


def random_at(
    spec: Mapping[str, Any], budgets: Sequence[float], points: Sequence[float], *, seed: int
) -> dict[float, list[int]]:
    """Random widths by budget, different from those of all larger points."""
    widths: dict[float, list[int]] = {}
    for budget in sorted({*budgets, *points}, reverse=True):
        others = [widths[point] for point in points if point > budget]
        draw = derive(seed, "random widths", tag(budget))
        widths[budget] = random_within(spec, target(spec, budget), others, seed=draw)
    return widths


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


def strongest(network: nn.Sequential, spec: Mapping[str, Any], allowed: int) -> list[Tensor]:
    """Channels (units) of each layer that are left, the strongest over all layers that fit.

    A channel's strength is the mean |w| of its filter over that of its layer's filters; every
    layer keeps two of twelve groups. As many stay as the target allows.
    """
    weights = [layer.weight.detach().abs() for layer in slimmed_layers(network)]
    strengths = [weight.flatten(1).mean(1) / weight.mean() for weight in weights]
    least = narrowest(spec["widths"])
    ranked = [
        (value, layer)
        for layer, (strength, few) in enumerate(zip(strengths, least, strict=True))
        for value in strength.sort(descending=True).values[few:].tolist()
    ]
    order = [layer for _, layer in sorted(ranked, key=lambda pair: -pair[0])]
    widths = filled(spec, least, allowed, order)
    rankings = [strength.argsort(descending=True, stable=True) for strength in strengths]
    return [best[:width].sort().values for best, width in zip(rankings, widths, strict=True)]
