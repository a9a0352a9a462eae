"""Predicted parameters: W = V U, with the dictionary U fixed and V learned.

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), "Predicting parameters in deep learning". The
outputs of a layer are split into columns, each with a dictionary of its own (section 4.2). The
output layer is not predicted.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Params, Point, Run, each_budget
from brainside.methods.shared import learned_dictionaries as learned
from brainside.methods.shared.low_rank import proportion
from brainside.methods.shared.virtual import put_virtual, train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, normal, split
from brainside.representations.compressed import LOW_RANK, PREDICTED, Compressed
from brainside.representations.predicted import columns_of, factors, product

VERSION = 2
PARAMS: Params = {
    "sweep": {
        # Dictionaries of convolutions, of fully connected layers that read an image or feature
        # maps, and of those that read hidden units.
        "filters": ["squared-exponential", "random", "connections", "empirical", "autoencoder"],
        "places": ["squared-exponential", "random", "connections", "empirical", "autoencoder"],
        "hidden": ["squared-exponential", "random", "connections", "empirical", "autoencoder"],
        "columns": "whole",
        "width": "positive",  # of the squared-exponential kernel, in pixels
        "ridge": "nonnegative",
        "orthonormal": "flag",
        "start": ["inputs", "weights"],
        "stratified?": "flag",  # as many of the chosen places in each channel
        "shares?": {"*": "fraction"},  # of layers by name: the proportion learned, 1 is the whole
    },
    "low_rank": {},
}
STARTS = ("inputs", "weights")


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train a network in the coordinates of its layers' dictionaries, from scratch.

    `start`: whether at first the layers' outputs are as large as a dense network's ("inputs") or
    their weights are ("weights"). Dictionaries that are learned (see learned_dictionaries) are
    stored in the file. The column `proportion` is that of the predicted layers' weights that are
    learned: the same everywhere, but where `shares` has it by layer; the others then learn what is
    left of the budget. Raises Refused for settings that cannot be.
    """
    point, image = run.at(budget), run.task.image_shape
    network = architectures.build(run.task.network, seed=run.seed)
    shapes = {name: weight.shape for name, weight in split(network)[0].items()}
    counts = atom_counts(shapes, point.weights, point.settings.get("shares", {}))
    plan = _plan(point.settings, shapes, counts, image, run.seed)
    layers, stored = {}, {}
    for name, entry in plan.items():  # each on what those before it give at the start
        inputs = learned.inputs_of(network, name, run.task.data.train)
        if entry["dictionary"] in learned.KINDS:
            stored[name] = rows = learned.columns_from(inputs, entry, run.progress.at(name))
        else:
            rows = columns_of(entry)
        free = _initial(point, name, rows, inputs)
        layers[name] = (free.to(run.task.device), product(rows.to(run.task.device), shapes[name]))
        put_virtual(network, name, *layers[name])
    free_weights = sum(shapes[n][0] * count for n, count in counts.items())
    return train_virtual(
        point,
        {"network": run.task.network, "predicted": plan},
        layers,
        rebuild=PREDICTED,
        structure=stored,
        proportion=free_weights / sum(shapes[n].numel() for n in counts),
    )


def _initial(point: Point, name: str, rows: Tensor, inputs: Tensor) -> Tensor:
    """Initial free values (outputs, atoms) in dictionaries `rows` (columns, atoms, features)."""
    size = _seen(rows, inputs) if point.settings["start"] == "inputs" else _energy(rows)
    if not size > 0:
        raise Refused(f"the dictionary of layer {name} sees nothing of its inputs")
    shape = architectures.shapes(point.task.network)[name]
    variance = architectures.gain(point.task.network) / fan_in(shape) / size
    return normal((shape[0], rows.shape[1]), variance, seed=derive(point.seed, "values", name))


def _plan(
    chosen: Mapping[str, Any],
    shapes: Mapping[str, torch.Size],
    counts: Mapping[str, int],
    image: Sequence[int],
    seed: int,
) -> dict[str, dict[str, Any]]:
    """What determines each predicted layer's dictionaries, as checkpoints have it."""
    if chosen["start"] not in STARTS:
        raise Refused(f"unknown start {chosen['start']!r}; known: {', '.join(STARTS)}")
    if not (isinstance(chosen["columns"], int) and chosen["columns"] > 0):
        raise Refused(f"columns {chosen['columns']!r} is not a whole number above zero")
    kinds = boxes(shapes, image)
    return {
        name: {
            "dictionary": chosen[kinds[name][0]],
            "box": kinds[name][1],
            "atoms": count,
            "columns": min(chosen["columns"], shapes[name][0]),
            "seed": derive(seed, "dictionary", name),
            **{field: chosen[field] for field in ("width", "ridge", "orthonormal")},
            **({"stratified": True} if chosen.get("stratified") else {}),
        }
        for name, count in counts.items()
    }


def boxes(
    shapes: Mapping[str, torch.Size], image: Sequence[int]
) -> dict[str, tuple[str, list[int]]]:
    """The kind of each layer's inputs, and their channels, rows and columns.

    `filters` for a convolution, `places` where a fully connected layer reads an image or feature
    maps, `hidden` where it reads hidden units, which are a line.
    """
    kinds: dict[str, tuple[str, list[int]]] = {}
    channels = image[0]  # of what a layer reads
    for name, shape in shapes.items():
        features = fan_in(shape)
        side = math.isqrt(features // channels)
        if len(shape) == 4:
            kinds[name], channels = ("filters", list(shape[1:])), shape[0]
        elif channels * side**2 == features and channels < features:
            kinds[name], channels = ("places", [channels, side, side]), shape[0]
        else:
            kinds[name], channels = ("hidden", [1, 1, features]), shape[0]
    return kinds


def _seen(rows: Tensor, inputs: Tensor) -> float:
    """Mean square of inputs (n, features) in the atoms' coordinates, over that of the inputs."""
    seen = torch.stack([(inputs @ each.T).square().sum(1).mean() for each in rows])
    return float(seen.mean() / inputs.square().sum(1).mean())


def _energy(rows: Tensor) -> float:
    """Mean square of a weight whose coordinates have variance one."""
    return float(rows.square().sum(1).mean())


@each_budget
def low_rank(run: Run, budget: float) -> Compressed:
    """Train W = V U with both factors learned, from scratch, in all layers but the last."""
    point, shapes = run.at(budget), architectures.shapes(run.task.network)
    sizes = {name: shape.numel() for name, shape in shapes.items()}
    share = proportion(sizes, point.weights)
    layers = {}
    for name in list(shapes)[:-1]:
        outputs, features = shapes[name][0], shapes[name][1:].numel()
        rank = int(share * sizes[name] / (outputs + features))
        if rank < 1:
            raise Refused(f"budget {budget:g} leaves layer {name} no rank; take a larger one")
        start = derive(run.seed, "values", name)
        variance = (architectures.gain(run.task.network) / features / rank) ** 0.5
        free = normal((rank, outputs + features), variance, seed=start)
        layers[name] = (free, factors(shapes[name]))
    spec = {"network": run.task.network, "low_rank": list(layers)}
    return train_virtual(point, spec, layers, rebuild=LOW_RANK)


def atom_counts(
    shapes: Mapping[str, torch.Size], stored: int, shares: Mapping[str, float]
) -> dict[str, int]:
    """How many atoms each predicted layer has: the same share of its features in all.

    But layers in `shares`, which have that share of theirs and are not predicted if it is 1. The
    last layer never is. Raises Refused where a layer would have none, or is unknown.
    """
    *layers, last = shapes
    if unknown := sorted(shares.keys() - layers):
        raise Refused(f"shares: no layer {unknown[0]!r} to predict; there are: {', '.join(layers)}")
    given = int(sum(share * shapes[name].numel() for name, share in shares.items()))
    if shares and given + shapes[last].numel() >= stored:
        raise Refused(f"shares: {given} of {stored} weights leave none for the other layers")
    rest = {name: shapes[name].numel() for name in shapes if name not in shares}
    share = min(1.0, proportion(rest, stored - given)) if len(rest) > 1 else 1.0
    predicted = [name for name in layers if shares.get(name) != 1]
    counts = {n: int(shares.get(n, share) * shapes[n][1:].numel() + 1e-9) for n in predicted}
    for name, count in counts.items():
        if count < 1:
            raise Refused(f"{stored} weights leave layer {name} no atom; take a larger budget")
    return counts
