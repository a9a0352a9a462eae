"""Predicted parameters: W = V U, with the dictionary U fixed and V learned.

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), "Predicting parameters in deep learning". The
outputs of a layer are split into columns, each with a dictionary of its own (section 4.2). The
layer of the classes is not predicted.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside import dictionaries, keys, networks
from brainside import learned_dictionaries as learned
from brainside.coding.compressed import Compressed
from brainside.errors import Refused
from brainside.progress import Progress
from brainside.representations import split
from brainside.task import Task
from brainside.virtual import Expand, fan_in, he, put_virtual, rebuilt, train_virtual

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
    network = networks.build(task.network, seed=seed)
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
        variance = networks.gain(task.network) / fan_in(shapes[name]) / size
        start = keys.derive(seed, "values", name)
        free = he((shapes[name][0], entry["atoms"]), variance, seed=start).to(task.device)
        layers[name] = (free, product(rows.to(task.device), shapes[name]))
        put_virtual(network, name, *layers[name])
    free_weights = sum(shapes[n][0] * count for n, count in counts.items())
    return train_virtual(
        task,
        {"network": task.network, "predicted": plan},
        layers,
        chosen,
        rebuild="methods.denil2013predicting.rebuild",
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
            "seed": keys.derive(seed, "dictionary", name),
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
        shapes = {n: w.shape for n, w in split(networks.build(task.network, seed=0))[0].items()}
        whole = {n: s.numel() for n, s in shapes.items()}
        share = proportion(whole, task.stored_weights(budget))
        layers = {}
        for name in list(shapes)[:-1]:
            outputs, features = shapes[name][0], shapes[name][1:].numel()
            rank = int(share * whole[name] / (outputs + features))
            if rank < 1:
                raise Refused(f"budget {budget:g} leaves layer {name} no rank; take a larger one")
            start = keys.derive(seed, "values", name)
            variance = (networks.gain(task.network) / features / rank) ** 0.5
            free = he((rank, outputs + features), variance, seed=start).to(task.device)
            layers[name] = (free, factors(shapes[name]))
        yield train_virtual(
            task,
            {"network": task.network, "low_rank": list(layers)},
            layers,
            settings(budget),
            rebuild="methods.denil2013predicting.rebuild_factors",
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


def columns_of(entry: Mapping[str, Any]) -> Tensor:
    """A layer's dictionaries, one a column, float32 (columns, atoms, features), from its plan."""
    made = []
    for column in range(entry["columns"]):
        rows = dictionaries.atoms(
            entry["dictionary"],
            entry["box"],
            entry["atoms"],
            seed=keys.derive(entry["seed"], column),
            width=entry["width"],
            ridge=entry["ridge"],
        )
        made.append(dictionaries.orthonormal(rows) if entry["orthonormal"] else rows)
    return torch.stack(made).float()


def product(rows: Tensor, shape: torch.Size) -> Expand:
    """The expansion of V (outputs, atoms) to the weight; each column has its own dictionary."""

    def expand(free: Tensor) -> Tensor:
        groups = zip(free.tensor_split(len(rows)), rows, strict=True)
        return torch.cat([values @ dictionary for values, dictionary in groups]).view(shape)

    return expand


def factors(shape: torch.Size) -> Expand:
    """The expansion of two factors side by side (rank, outputs + features) to their product."""
    return lambda free: (free[:, : shape[0]].T @ free[:, shape[0] :]).view(shape)


def rebuild(compressed: Compressed) -> nn.Module:
    """The network, with dictionaries made again from their seeds, or read where they are stored."""
    shapes = _shapes(compressed)
    layers = {
        name: product(
            compressed.structure[name] if name in compressed.structure else columns_of(entry),
            shapes[name],
        )
        for name, entry in compressed.spec["predicted"].items()
    }
    return rebuilt(compressed, layers)


def rebuild_factors(compressed: Compressed) -> nn.Module:
    """The network of the products."""
    shapes = _shapes(compressed)
    return rebuilt(
        compressed, {name: factors(shapes[name]) for name in compressed.spec["low_rank"]}
    )


def _shapes(compressed: Compressed) -> dict[str, torch.Size]:
    network = networks.build(compressed.spec["network"])
    return {name: weight.shape for name, weight in split(network)[0].items()}
