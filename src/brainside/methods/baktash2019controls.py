"""Networks of equivalent size, trained from scratch: fully connected and convolutional.

Baktash, Natale, Viennot (2019), "A comparative study of neural network compression", compare
compressed networks with uncompressed ones that have as few weights from the start. The paper does
not give the convolutional shapes; here a search chooses from a family of them on validation data.
"""

from collections.abc import Mapping
from typing import Any

from brainside.base.errors import Refused
from brainside.methods.contract import Params, Run, each_budget
from brainside.methods.shared.dense import narrowed, train_dense
from brainside.networks.weights import multiply_adds, runs, small_convnet, weight_count
from brainside.representations.compressed import Compressed

VERSION = 2  # 2: convolutions are trained with the channels last
PARAMS: Params = {
    "small_dense": {"needs": ["hidden units"]},
    "small_conv": {
        "needs": ["one channel"],
        # `growth`: by which factor the channels grow from layer to layer.
        "shape": {"kernel": "whole", "layers": "whole", "growth": "whole"},
        "multiply_adds_limit": "positive",  # bounds the width where the weights alone would not
    },
}


@each_budget
def small_dense(run: Run, budget: float) -> Compressed:
    """The task's fully connected network with its hidden layers narrowed in proportion."""
    point = run.at(budget)
    return train_dense(point, narrowed(run.task.network, point.weights))


@each_budget
def small_conv(run: Run, budget: float) -> Compressed:
    """A convolutional network of a given shape, as wide as the budget allows."""
    point = run.at(budget)
    spec = widest_convnet(
        point.settings["shape"],
        list(run.task.image_shape),
        run.task.data.classes,
        point.weights,
        point.settings["multiply_adds_limit"],
    )
    return train_dense(point, spec)


def widest_convnet(
    shape: Mapping[str, int],
    image: list[int],
    classes: int,
    weights: int,
    multiply_adds_limit: float,
) -> dict[str, Any]:
    """The widest convolutional network of a shape within a number of weights and multiply-adds.

    Raises Refused when one channel is already too much, or where the images are too small.
    """
    fitting = None
    for width in range(1, 1 << 12):
        spec = small_convnet(shape, width, image, classes)
        if not runs(spec):
            raise Refused(f"small-conv: the images are too small for {shape}")
        if weight_count(spec) > weights or multiply_adds(spec) > multiply_adds_limit:
            break
        fitting = spec
    if fitting is None:
        raise Refused(f"small-conv: {weights} weights are too few for one channel of {shape}")
    return fitting
