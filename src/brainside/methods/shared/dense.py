"""Dense networks: at their start, trained from scratch, and narrower or wider than a task's own."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Point
from brainside.networks import architectures
from brainside.networks.weights import weight_count
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense
from brainside.training import loop


def initial(spec: Mapping[str, Any], seed: int) -> nn.Sequential:
    """The untrained network of a spec, as training from scratch begins with it."""
    return architectures.build(spec, seed=derive(seed, "initial weights"))


def train_dense(
    point: Point, spec: Mapping[str, Any], *, objective: loop.Objective | None = None
) -> Compressed:
    """Train one network of the given spec from scratch, and store all its weights."""
    network = initial(spec, point.seed)
    trained = point.train(network, objective=objective)
    return of_dense(network, spec, budget=point.budget, **trained.columns())


def narrowed(spec: Mapping[str, Any], weights: int) -> dict[str, Any]:
    """The widest MLP of the spec's proportions with at most so many weights.

    Raises Refused when one hidden unit per layer is already too much, or for another architecture.
    """
    if spec["name"] != "mlp":
        raise Refused(f"small-dense narrows an mlp, not a {spec['name']}")
    sizes = spec["sizes"]
    widest = max(sizes[1:-1])
    for width in range(widest, 0, -1):
        hidden = [max(1, n * width // widest) for n in sizes[1:-1]]
        narrow = {**spec, "sizes": [sizes[0], *hidden, sizes[-1]]}
        if weight_count(narrow) <= weights:
            return narrow
    raise Refused(f"small-dense: {weights} weights are too few for one hidden unit per layer")


def expanded(spec: Mapping[str, Any], factor: int) -> Mapping[str, Any]:
    """An MLP with hidden layers `factor` times as wide (Chen 2015, section 6.3, on expansion)."""
    if factor == 1:
        return spec
    if not (isinstance(factor, int) and factor > 0):
        raise Refused(f"expansion {factor!r} is not a whole number above zero")
    if spec["name"] != "mlp":
        raise Refused(f"expansion {factor}: only an mlp can be expanded, not a {spec['name']}")
    first, *hidden, last = spec["sizes"]
    return {**spec, "sizes": [first, *(factor * n for n in hidden), last]}
