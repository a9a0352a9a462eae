"""AutoSlim: a slimmable network is trained once, and its widest layers are thinned greedily.

Yu, Huang (2019), "AutoSlim: towards one-shot architecture search for channel numbers", section 3:
the supernet by the sandwich rule and in-place distillation, greedy slimming by its loss on held-out
images, and training of the resulting widths from scratch.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Split
from brainside.methods.contract import Run, Settings, Task, each_budget
from brainside.methods.shared.dense import initial
from brainside.methods.shared.supernet import (
    loss_at,
    network_of,
    of_widths,
    predictions,
    refuse_diverged,
    scored_on,
    slimmed,
    text_of,
    training_part,
)
from brainside.networks.allowance import target
from brainside.networks.slimmable import cost, draw_widths, filled, forward_at, thinner
from brainside.networks.widths import narrowest
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense
from brainside.training import loop
from brainside.training.resume import ResumePoint

VERSION = 2
PARAMS = {
    # How many training images, the last ones, are held out: the search scores widths on them.
    "supernet": {"needs": ["widths"], "held_out": "some images"},
    "sweep": {"needs": ["reference", "multiply-adds"], "held_out": "some images"},
}
Score = Callable[[nn.Sequential, Sequence[int], Split], float]


class Step(NamedTuple):
    """A step of the search: loss on the held-out images, multiply-adds, widths."""

    loss: float
    cost: int
    widths: list[int]


@each_budget
def supernet(run: Run, budget: float) -> Compressed:
    """Train the network at all widths at once, without the held-out images; store the widest.

    Raises Refused for a network that cannot be slimmed.
    """
    settings, spec = run.settings(budget), run.task.network
    target(spec, budget)  # refuses a network that has no widths
    data = replace(run.task.data, train=training_part(run.task.data.train, settings["held_out"]))
    network = initial(spec, run.seed)
    trained = loop.train(
        network,
        data,
        settings,
        seed=run.seed,
        progress=run.progress,
        objective=sandwich(spec["widths"], derive(run.seed, "widths")),
    )
    # Before the end its normalisation has no statistics, and so it has no validation loss.
    columns = trained.columns() | {"valid_loss_before": math.nan}
    return of_dense(slimmed(network, spec, spec["widths"], data), spec, budget=budget, **columns)


def sandwich(widths: Sequence[int], seed: int) -> loop.Objective:
    """The loss of the widest, the narrowest and two random networks of a batch, summed.

    All but the widest learn the widest one's outputs. Each layer draws a width of its own.
    """

    def objective(network: nn.Module, images: Tensor, labels: Tensor, places: Tensor) -> Tensor:
        """The sum of the losses of a batch at four widths."""
        # Drawn from the batch itself: a training that goes on after a kill draws the same.
        assert isinstance(network, nn.Sequential)
        batch = derive(seed, int(places[0]), int(places[-1]))
        generator = torch.Generator().manual_seed(batch)
        drawn = [draw_widths(widths, generator) for _ in range(2)]
        outputs = forward_at(network, images, widths).float()
        total, taught = functional.cross_entropy(outputs, labels), outputs.detach().softmax(1)
        for narrower in (narrowest(widths), *drawn):
            narrow = forward_at(network, images, narrower).float()
            total = total + functional.cross_entropy(narrow, taught)
        return total

    return objective


def sweep(run: Run) -> Iterator[Compressed]:
    """Slim the supernet until each multiply-add target is reached, and train those widths anew.

    Budgets are fractions of the widest network's multiply-adds; the run starts from the supernet.
    Columns: the `path` of the search with its losses and multiply-adds, and what the supernet
    predicts of the widths. Raises Refused before anything is trained where a target is below the
    narrowest network, or where the supernet diverged.
    """
    task = run.task
    targets = {budget: target(task.network, budget) for budget in run.budgets}
    network = network_of(run.start_network, task)
    settings = run.settings(run.budgets[0])
    path = search(network, task, min(targets.values()), settings, run.progress)
    for budget, allowed in targets.items():
        point = run.at(budget)
        steps = path[: 1 + next(n for n, step in enumerate(path) if step.cost <= allowed)]
        widths = given_back([step.widths for step in steps], task.network, allowed)
        yield of_widths(
            point,
            widths,
            **predictions(network, task, widths, point.settings),
            path=";".join(text_of(step.widths) for step in steps),
            path_losses=text_of(f"{step.loss:.6g}" for step in steps),
            path_multiply_adds=text_of(step.cost for step in steps),
        )


def search(
    network: nn.Sequential,
    task: Task,
    least: int,
    settings: Settings,
    progress: Progress,
    *,
    score: Score = loss_at,
) -> list[Step]:
    """The steps from the widest network to one of `least` multiply-adds, a group removed at each.

    At each step the layer is thinned whose thinning leaves the least loss on the held-out images,
    scored in the recipe's precision; of equal losses the cheaper network. Every step is saved, so
    that a kill loses one. Raises Refused where a step's loss is not finite.
    """
    spec, start, held_out = task.network, time.monotonic(), scored_on(task, network, settings)

    def step(widths: list[int]) -> Step:
        """The step that leads to some widths, scored."""
        return Step(score(network, widths, held_out), cost(spec, widths), widths)

    resume = ResumePoint(progress.folder / f"{progress.slug}.path", every=0.0)
    path = [Step(*saved) for saved in resume.load().get("path", [])]
    done = len(path)
    path = path or [_finite(step(list(spec["widths"])))]
    while path[-1].cost > least:
        path.append(_finite(min(map(step, thinner(path[-1].widths, spec["widths"])))))
        resume.save(path=[tuple(saved) for saved in path])
        progress(f"slimming to {least}: {path[-1].cost} multiply-adds, {path[-1].widths}")
    took, steps = time.monotonic() - start, len(path) - max(1, done)
    progress(f"search ended: {steps} steps in {took:.0f} s", always=True)
    return path


def _finite(step: Step) -> Step:
    refuse_diverged(step.loss, step.widths)
    return step


def given_back(path: Sequence[Sequence[int]], spec: Mapping[str, Any], allowed: int) -> list[int]:
    """The last widths of a path of groups, enlarged by single channels as far as a target allows.

    First in the layer that lost a group last, then in the one before it, and so on.
    """
    changes = reversed(list(pairwise(path)))
    thinned = [n for wide, thin in changes for n in range(len(thin)) if wide[n] > thin[n]]
    order = [layer for layer in dict.fromkeys(thinned) for _ in range(spec["widths"][layer])]
    return filled(spec, path[-1], allowed, order)
