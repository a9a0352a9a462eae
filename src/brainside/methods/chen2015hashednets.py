"""HashedNets: a hash function assigns every weight of a layer to one of a few shared values.

Chen, Wilson, Tyree, Weinberger, Chen (2015), "Compressing neural networks with the hashing trick",
section 4. Weights are hashed and biases free (the paper hashes the bias column, too), in fully
connected and in convolutional layers.
"""

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Point, Run, each_budget
from brainside.methods.shared.dense import expanded
from brainside.methods.shared.distillation import objective
from brainside.methods.shared.pruning import shares
from brainside.methods.shared.virtual import train_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, normal
from brainside.representations.compressed import HASHED, Compressed
from brainside.representations.hashed import lookup
from brainside.training.loop import Objective

VERSION = 1
PARAMS = {
    # How many times wider the hidden layers of the virtual network are; 1 by default.
    "sweep": {"expansion?": "widening"},
    "distilled": {
        "like": "hinton2015distillation.sweep",
        "needs": ["reference"],
        "expansion?": "widening",
    },
}


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train one HashedNet per budget, from scratch.

    The buckets are split over the layers in proportion to their weights.
    """
    return _hashed(run.at(budget))


@each_budget
def distilled(run: Run, budget: float) -> Compressed:
    """Train one HashedNet per budget with dark knowledge of the start (section 6, DK there)."""
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
        free = normal((1, count), architectures.gain(network) / fan_in(shape), seed=start)
        layers[name] = (free, lookup(shape, count, hashes[name], point.task.device))
    return train_virtual(
        point,
        {"network": network, "hash": hashes},
        layers,
        rebuild=HASHED,
        objective=taught,
    )
