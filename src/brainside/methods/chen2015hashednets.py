"""HashedNets: a hash function assigns every weight of a layer to one of a few shared values.

Chen, Wilson, Tyree, Weinberger, Chen (2015), "Compressing neural networks with the hashing trick",
section 4. Weights are hashed and biases free (the paper hashes the bias column, too), in fully
connected and in convolutional layers.
"""

from collections.abc import Mapping
from typing import Any

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Point, Run, each_budget
from brainside.methods.hinton2015distillation import objective
from brainside.methods.shared.pruning import shares
from brainside.methods.shared.virtual import train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, he
from brainside.representations.compressed import HASHED, Compressed
from brainside.representations.hashed import lookup
from brainside.training.loop import Objective

VERSION = 1
PARAMS = {
    # How many times wider the hidden layers of the virtual network are; 1 by default.
    "sweep": {"expansion?": "whole"},
    "distilled": {"like": "hinton2015distillation.sweep", "expansion?": "whole"},
}


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train one HashedNet per budget, from scratch.

    The buckets are split over the layers in proportion to their weights.
    """
    return _hashed(run.at(budget))


@each_budget
def distilled(run: Run, budget: float) -> Compressed:
    """The same with dark knowledge of the start (section 6, DK there)."""
    point = run.at(budget)
    taught = objective(run.start_network.network(), run.task.data.train, point.settings)
    return _hashed(point, taught)


def _hashed(point: Point, taught: Objective | None = None) -> Compressed:
    network = expanded(point.task.network, point.settings.get("expansion", 1))
    shapes = architectures.shapes(network)
    buckets = shares({n: s.numel() for n, s in shapes.items()}, point.weights)
    hashes = {n: derive(point.seed, "hash", n) for n in shapes}
    layers = {}
    for name, shape in shapes.items():
        count = min(buckets[name], shape.numel())
        if count < 1:
            raise Refused(
                f"budget {point.budget:g} leaves no bucket for layer {name}; take a larger one"
            )
        start = derive(point.seed, "buckets", name)
        free = he((1, count), architectures.gain(network) / fan_in(shape), seed=start)
        layers[name] = (free, lookup(shape, count, hashes[name], point.task.device))
    return train_virtual(
        point,
        {"network": network, "hash": hashes},
        layers,
        rebuild=HASHED,
        objective=taught,
    )


def expanded(spec: Mapping[str, Any], factor: int) -> Mapping[str, Any]:
    """An MLP with hidden layers so many times as wide (section 6.3 of the paper on expansion)."""
    if factor == 1:
        return spec
    if not (isinstance(factor, int) and factor > 0):
        raise Refused(f"expansion {factor!r} is not a whole number above zero")
    if spec["name"] != "mlp":
        raise Refused(f"expansion {factor}: only an mlp can be expanded, not a {spec['name']}")
    first, *hidden, last = spec["sizes"]
    return {**spec, "sizes": [first, *(factor * n for n in hidden), last]}
