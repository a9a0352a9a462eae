"""Predicted parameters: W = V U, with the dictionary U fixed and V learned.

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), "Predicting parameters in deep learning". The
outputs of a layer are split into columns, each with a dictionary of its own (section 4.2). The
layer of the classes is not predicted.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.shared import learned_dictionaries as learned
from brainside.methods.shared.virtual import put_virtual, train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, he, split
from brainside.representations.compressed import LOW_RANK, PREDICTED, Compressed
from brainside.representations.predicted import columns_of, factors, product

VERSION = 2
STARTS = ("inputs", "weights")


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train a network a budget in the coordinates of its dictionaries, from scratch.

    Settings: the dictionaries (those of dictionaries.atoms, or those of learned_dictionaries, which
    are stored in the file) of convolutions (`filters`), of fully connected layers whose inputs have
    places (`places`), and of the other layers (`hidden`); `columns`, `width`, `ridge`,
    `orthonormal`; `start`, whether at first the layers' outputs are as large as a dense network's
    ("inputs") or their weights ("weights"). The column `proportion` is of the predicted layers'
    weights. Raises Refused for settings that cannot be.
    """
    for budget in budgets:
        yield _predicted(task, budget, settings(budget), seed, progress)


def _predicted(
    task: Task, budget: float, chosen: Mapping[str, Any], seed: int, progress: Progress
) -> Compressed:
    network = architectures.build(task.network, seed=seed)
    shapes = {name: weight.shape for name, weight in split(network)[0].items()}
    counts = atom_counts(shapes, task.stored_weights(budget))
    plan = _plan(chosen, shapes, counts, task.image_shape, seed)
    layers, stored = {}, {}
    for name, entry in plan.items():  # each on what those before it give at the start
        inputs = learned.inputs_of(network, name, task.data.train)
        if entry["dictionary"] in learned.KINDS:
            stored[name] = rows = learned.columns_from(inputs, entry, progress.at(name))
        else:
            rows = columns_of(entry)
        size = _seen(rows, inputs) if chosen["start"] == "inputs" else _energy(rows)
        if not size > 0:
            raise Refused(f"the dictionary of layer {name} sees nothing of its inputs")
        variance = architectures.gain(task.network) / fan_in(shapes[name]) / size
        start = derive(seed, "values", name)
        free = he((shapes[name][0], entry["atoms"]), variance, seed=start).to(task.device)
        layers[name] = (free, product(rows.to(task.device), shapes[name]))
        put_virtual(network, name, *layers[name])
    free_weights = sum(shapes[n][0] * count for n, count in counts.items())
    return train_virtual(
        task,
        {"network": task.network, "predicted": plan},
        layers,
        chosen,
        rebuild=PREDICTED,
        budget=budget,
        seed=seed,
        progress=progress.at(f"budget {budget:.4g}"),
        structure=stored,
        proportion=free_weights / sum(shapes[n].numel() for n in counts),
    )


def _plan(
    chosen: Mapping[str, Any],
    shapes: Mapping[str, torch.Size],
    counts: Mapping[str, int],
    image: Sequence[int],
    seed: int,
) -> dict[str, dict[str, Any]]:
    """What determines each predicted layer's dictionaries."""
    if chosen["start"] not in STARTS:
        raise Refused(f"unknown start {chosen['start']!r}; known: {', '.join(STARTS)}")
    if not (isinstance(chosen["columns"], int) and chosen["columns"] > 0):
        raise Refused(f"columns {chosen['columns']!r} is not a whole number above zero")
    found = boxes(shapes, image)
    return {
        name: {
            "dictionary": chosen[found[name][0]],
            "box": found[name][1],
            "atoms": count,
            "columns": min(chosen["columns"], shapes[name][0]),
            "seed": derive(seed, "dictionary", name),
            **{field: chosen[field] for field in ("width", "ridge", "orthonormal")},
        }
        for name, count in counts.items()
    }


def boxes(
    shapes: Mapping[str, torch.Size], image: Sequence[int]
) -> dict[str, tuple[str, list[int]]]:
    """What each layer's inputs are, and their channels, rows and columns.

    `filters` for a convolution, `places` where a fully connected layer reads an image or maps,
    `hidden` where it reads hidden units, which are a line.
    """
    found, channels = {}, image[0]  # of what a layer reads
    for name, shape in shapes.items():
        features = fan_in(shape)
        side = math.isqrt(features // channels)
        if len(shape) == 4:
            found[name], channels = ("filters", list(shape[1:])), shape[0]
        elif channels * side**2 == features and channels < features:
            found[name], channels = ("places", [channels, side, side]), shape[0]
        else:
            found[name], channels = ("hidden", [1, 1, features]), shape[0]
    return found


def _seen(rows: Tensor, inputs: Tensor) -> float:
    """Mean square of inputs (n, features) in the atoms' coordinates, over that of the inputs."""
    seen = torch.stack([(inputs @ each.T).square().sum(1).mean() for each in rows])
    return float(seen.mean() / inputs.square().sum(1).mean())


def _energy(rows: Tensor) -> float:
    """Mean square of a weight whose coordinates have variance one."""
    return float(rows.square().sum(1).mean())


def low_rank(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train W = V U with both factors learned, from scratch; the class layer stays whole."""
    for budget in budgets:
        shapes = {
            n: w.shape for n, w in split(architectures.build(task.network, seed=0))[0].items()
        }
        whole = {n: s.numel() for n, s in shapes.items()}
        share = proportion(whole, task.stored_weights(budget))
        layers = {}
        for name in list(shapes)[:-1]:
            outputs, features = shapes[name][0], shapes[name][1:].numel()
            rank = int(share * whole[name] / (outputs + features))
            if rank < 1:
                raise Refused(f"budget {budget:g} leaves layer {name} no rank; take a larger one")
            start = derive(seed, "values", name)
            variance = (architectures.gain(task.network) / features / rank) ** 0.5
            free = he((rank, outputs + features), variance, seed=start).to(task.device)
            layers[name] = (free, factors(shapes[name]))
        yield train_virtual(
            task,
            {"network": task.network, "low_rank": list(layers)},
            layers,
            settings(budget),
            rebuild=LOW_RANK,
            budget=budget,
            seed=seed,
            progress=progress.at(f"budget {budget:.4g}"),
        )


def proportion(sizes: Mapping[str, int], stored: int) -> float:
    """Of the weights of all layers but the last, the share that may be learned.

    Raises Refused where the last layer alone is too much.
    """
    *predicted, last = sizes.values()
    if stored <= last:
        raise Refused(f"{stored} weights are not more than the {last} of the class layer")
    return (stored - last) / sum(predicted)


def atom_counts(shapes: Mapping[str, torch.Size], stored: int) -> dict[str, int]:
    """Atoms of each layer but the last, the same share of its features each.

    Raises Refused where a layer would have none.
    """
    share = min(1.0, proportion({n: s.numel() for n, s in shapes.items()}, stored))
    counts = {n: int(share * shapes[n][1:].numel() + 1e-9) for n in list(shapes)[:-1]}
    for name, count in counts.items():
        if count < 1:
            raise Refused(f"{stored} weights leave layer {name} no atom; take a larger budget")
    return counts
