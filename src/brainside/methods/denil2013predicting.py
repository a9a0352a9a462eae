"""Predicted parameters: W = V U, with the dictionary U fixed and V learned.

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), "Predicting parameters in deep learning". The
outputs of a layer are split into columns, each with a dictionary of its own (section 4.2). The
layer of the classes is not predicted.
"""

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
from brainside.virtual import Expand, he, rebuilt, train_virtual

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed | None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train a network a budget in the coordinates of its dictionaries, from scratch.

    Settings: `dictionary` of the first layer and of convolutions, `hidden` of the other layers,
    whose inputs have no places (those of dictionaries.atoms, or those of learned_dictionaries,
    which need the reference and are stored in the file), `columns`, `width`, `ridge`,
    `orthonormal`. The column `proportion` is of the predicted layers' weights.
    """
    for budget in budgets:
        yield _predicted(task, budget, settings(budget), seed, reference, progress)


def _predicted(
    task: Task,
    budget: float,
    chosen: Mapping[str, Any],
    seed: int,
    reference: Compressed | None,
    progress: Progress,
) -> Compressed:
    shapes = {n: w.shape for n, w in split(networks.build(task.network, seed=0))[0].items()}
    counts = atom_counts(shapes, task.stored_weights(budget))
    plan = {
        name: {
            "dictionary": chosen["hidden" if place and len(shapes[name]) == 2 else "dictionary"],
            "atoms": count,
            "columns": min(chosen["columns"], shapes[name][0]),
            "seed": keys.derive(seed, "dictionary", name),
            **{field: chosen[field] for field in ("width", "ridge", "orthonormal")},
        }
        for place, (name, count) in enumerate(counts.items())
    }
    stored = _from_data(plan, reference, task, progress)
    layers = {}
    for name, entry in plan.items():
        rows = stored[name] if name in stored else columns_of(entry, shapes[name])
        scale = float(rows.square().sum(1).mean())  # of what one output's weights are made of
        start = keys.derive(seed, "values", name)
        features = shapes[name][1:].numel()
        free = he(
            (shapes[name][0], entry["atoms"]),
            networks.gain(task.network) / features / scale,
            seed=start,
        )
        layers[name] = (free.to(task.device), product(rows.to(task.device), shapes[name]))
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


def columns_of(entry: Mapping[str, Any], shape: torch.Size) -> Tensor:
    """A layer's dictionaries, one a column, float32 (columns, atoms, features), from its plan."""
    made = []
    for column in range(entry["columns"]):
        rows = dictionaries.atoms(
            entry["dictionary"],
            shape,
            entry["atoms"],
            seed=keys.derive(entry["seed"], column),
            width=entry["width"],
            ridge=entry["ridge"],
        )
        made.append(dictionaries.orthonormal(rows) if entry["orthonormal"] else rows)
    return torch.stack(made).float()


def _from_data(
    plan: Mapping[str, Mapping[str, Any]],
    reference: Compressed | None,
    task: Task,
    progress: Progress,
) -> dict[str, Tensor]:
    """The dictionaries that cannot be made again without the data."""
    wanted = [name for name, entry in plan.items() if entry["dictionary"] in learned.KINDS]
    if wanted and reference is None:
        raise Refused("a dictionary made of data needs `reference: true` in the method's entry")
    return {
        name: learned.columns_from(
            learned.inputs_of(reference.network(), name, task.data.train), plan[name], progress
        )
        for name in wanted
    }


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
            compressed.structure[name]
            if name in compressed.structure
            else columns_of(entry, shapes[name]),
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
