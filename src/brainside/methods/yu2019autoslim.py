"""AutoSlim: a slimmable network is trained once, and its widest layers are thinned greedily.

Yu, Huang (2019), "AutoSlim: towards one-shot architecture search for channel numbers", section 3:
the supernet by the sandwich rule and in-place distillation, greedy slimming by its loss on images
kept apart, and training of the found widths from scratch.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside import keys
from brainside.coding.compressed import Compressed
from brainside.coding.container import write_whole
from brainside.data import Data, Split
from brainside.errors import Refused
from brainside.evaluation import CHUNK, evaluate
from brainside.methods.reference import initial, train_dense
from brainside.progress import Progress
from brainside.representations import of_dense
from brainside.slimmable import cost, extracted, first, forward_at, recalibrated
from brainside.task import Task, stored_weights
from brainside.training import Objective, train

VERSION = 1
GROUPS = 12  # of channels, in every layer
SMALLEST = 2  # groups that are left of a layer at least
CALIBRATION = 1000  # images that normalisation is adjusted with


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
        objective=sandwich(spec["widths"], keys.derive(seed, "widths")),
    )
    found = slimmed(network, spec, spec["widths"], data)
    yield of_dense(
        found,
        spec,
        budget=budget,
        epochs_total=trained.epochs,
        diverged=trained.diverged,
        valid_loss_before=trained.valid_loss_before,
    )


def sandwich(widths: Sequence[int], seed: int) -> Objective:
    """The loss of the widest, the narrowest and two random networks of a batch, summed.

    All but the widest learn the widest one's outputs. Each layer draws a width of its own.
    """
    narrowest = [of_groups(width, SMALLEST) for width in widths]

    def objective(network: nn.Module, images: Tensor, labels: Tensor, places: Tensor) -> Tensor:
        # Drawn from the batch itself: a training that goes on after a kill draws the same.
        batch = keys.derive(seed, int(places[0]), int(places[-1]))
        generator = torch.Generator().manual_seed(batch)
        drawn = [random_widths(widths, generator) for _ in range(2)]
        outputs = forward_at(network, images, widths).float()
        total, taught = functional.cross_entropy(outputs, labels), outputs.detach().softmax(1)
        for chosen in (narrowest, *drawn):
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
    Setting `held_out`: how many training images, the last ones, the search scores on. Columns:
    `widths`, the `path` to them, and `supernet_valid_error` at them.
    Raises Refused before anything is trained where a target is below the narrowest network.
    """
    spec, chosen = task.network, settings(budgets[0])
    targets = {budget: target(spec, budget) for budget in budgets}
    network = reference.network().to(task.device)
    path = search(network, task, min(targets.values()), chosen["held_out"], progress)
    for budget in budgets:
        steps = next(n for n, widths in enumerate(path) if cost(spec, widths) <= targets[budget])
        yield from_scratch(
            task,
            path[steps],
            budget,
            settings,
            seed,
            progress,
            supernet=network,
            path=";".join(" ".join(map(str, widths)) for widths in path[: steps + 1]),
        )


def search(
    network: nn.Module, task: Task, least: int, held_out: int, progress: Progress
) -> list[list[int]]:
    """Widths after every removal of one group, from the widest network to one of `least` cost.

    Each time the group goes whose layer's thinning leaves the least loss on the images kept apart;
    of equal losses the cheaper network. Every step is written down, so that a kill loses one.
    """
    file, spec = progress.folder / f"{progress.slug}.path", task.network
    path = json.loads(file.read_text()) if file.exists() else [list(spec["widths"])]
    apart = kept_apart(task.data.train, held_out)
    while cost(spec, path[-1]) > least:
        options = [(loss_at(network, each, apart), cost(spec, each), each)
                   for each in thinner(path[-1], spec["widths"])]  # fmt: skip
        path.append(min(options)[2])
        write_whole(file, json.dumps(path).encode())
        progress(f"slimming to {least}: {cost(spec, path[-1])} multiply-adds, {path[-1]}")
    return path


def thinner(widths: Sequence[int], widest: Sequence[int]) -> Iterator[list[int]]:
    """The widths with one group less in one layer, for every layer that can spare one."""
    for place, (width, whole) in enumerate(zip(widths, widest, strict=True)):
        less = width - of_groups(whole, 1)
        if less >= of_groups(whole, SMALLEST):
            yield [*widths[:place], less, *widths[place + 1 :]]


@torch.no_grad()
def loss_at(network: nn.Module, widths: Sequence[int], apart: Split) -> float:
    """The supernet's loss at some widths, its normalisation recalibrated."""
    statistics = recalibrated(network, apart.images[:CALIBRATION], widths)
    total = 0.0
    for images, labels in zip(apart.images.split(CHUNK), apart.labels.split(CHUNK), strict=True):
        outputs = forward_at(network, images, widths, statistics)
        total += float(functional.cross_entropy(outputs, labels, reduction="sum"))
    return total / len(apart.labels)


def from_scratch(
    task: Task,
    widths: Sequence[int],
    budget: float,
    settings: Callable,
    seed: int,
    progress: Progress,
    *,
    supernet: nn.Module | None = None,
    **columns: Any,
) -> Compressed:
    """Train a network of some widths, beside what the supernet says of them."""
    spec, at = {**task.network, "widths": list(widths)}, progress.at(f"budget {budget:.4g}")
    stored = train_dense(task, spec, budget, settings, seed=seed, progress=at)
    columns["widths"] = " ".join(map(str, widths))
    if supernet is not None:
        small = slimmed(supernet, task.network, widths, task.data)
        loss = settings(budget)["loss"]
        columns["supernet_valid_error"] = evaluate(small, task.data.valid, loss).error
    return replace(stored, columns={**stored.columns, **columns})


def slimmed(
    network: nn.Module, spec: Mapping[str, Any], widths: Sequence[int], data: Data
) -> nn.Module:
    """The supernet's network of some widths, recalibrated on training images."""
    statistics = recalibrated(network, data.train.images[:CALIBRATION], widths)
    return extracted(
        network.cpu(), spec, first(widths), [(m.cpu(), v.cpu()) for m, v in statistics]
    )


def target(spec: Mapping[str, Any], budget: float) -> int:
    """Multiply-adds that a budget allows; Refused below the narrowest network's."""
    allowed = stored_weights(budget, cost(spec, spec["widths"]))
    least = cost(spec, [of_groups(width, SMALLEST) for width in spec["widths"]])
    if allowed < least:
        raise Refused(f"budget {budget:g} is {allowed} multiply-adds; the narrowest has {least}")
    return allowed


def random_widths(widest: Sequence[int], generator: torch.Generator) -> list[int]:
    """A width of its own for every layer."""
    drawn = torch.randint(SMALLEST, GROUPS + 1, (len(widest),), generator=generator)
    return [of_groups(width, int(n)) for width, n in zip(widest, drawn, strict=True)]


def of_groups(width: int, groups: int) -> int:
    """Channels in some of a layer's groups."""
    return max(1, width * groups // GROUPS)


def trained_with(train: Split, held_out: int) -> Split:
    """The training images but the last ones."""
    return Split(train.images[:-held_out], train.labels[:-held_out])


def kept_apart(train: Split, held_out: int) -> Split:
    """The last training images."""
    return Split(train.images[-held_out:], train.labels[-held_out:])
