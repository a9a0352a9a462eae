"""Networks of equivalent size, trained from scratch: fully connected and convolutional.

Baktash, Natale, Viennot (2019), "A comparative study of neural network compression", compare
compressed networks with uncompressed ones that have as few weights from the start. The
convolutional shapes of the paper are unknown to us; ours are a family that the tuning chooses
from on validation data.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.methods.contract import Task
from brainside.methods.reference import train_dense
from brainside.networks import architectures
from brainside.networks.counts import multiply_adds
from brainside.representations.compressed import Compressed

VERSION = 2  # 2: convolutions are trained with the channels last


def small_dense(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """The task's fully connected network with its hidden layers narrowed in proportion."""
    for budget in budgets:
        spec = narrowed(task.network, task.stored_weights(budget))
        at = progress.at(f"budget {budget:.4g}")
        yield train_dense(task, spec, budget, settings, seed=seed, progress=at)


def small_conv(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """A convolutional network as wide as the budget allows, of the tuned shape.

    Settings: `shape` (kernel, layers, growth of the channels from layer to layer) and
    `multiply_adds_limit`, which bounds the width where the weights alone would not.
    """
    image, classes = list(task.data.train.images.shape[1:]), task.data.classes
    for budget in budgets:
        chosen = settings(budget)
        spec = widest_convnet(
            chosen["shape"],
            image,
            classes,
            task.stored_weights(budget),
            chosen["multiply_adds_limit"],
        )
        at = progress.at(f"budget {budget:.4g}")
        yield train_dense(task, spec, budget, settings, seed=seed, progress=at)


def narrowed(spec: dict[str, Any], weights: int) -> dict[str, Any]:
    """The widest MLP of the spec's proportions with at most so many weights.

    Raises Refused when one hidden unit a layer is already too much, or for another architecture.
    """
    if spec["name"] != "mlp":
        raise Refused(f"small-dense narrows an mlp, not a {spec['name']}")
    sizes = spec["sizes"]
    widest = max(sizes[1:-1])
    for width in range(widest, 0, -1):
        hidden = [max(1, n * width // widest) for n in sizes[1:-1]]
        narrow = {**spec, "sizes": [sizes[0], *hidden, sizes[-1]]}
        if architectures.mlp_weights(narrow["sizes"]) <= weights:
            return narrow
    raise Refused(f"small-dense: {weights} weights are too few for one hidden unit a layer")


def widest_convnet(
    shape: dict[str, int], image: list[int], classes: int, weights: int, multiply_adds_limit: float
) -> dict[str, Any]:
    """The widest convolutional network of a shape within a number of weights and multiply-adds.

    Raises Refused when one channel is already too much.
    """
    fitting = None
    for width in range(1, 1 << 12):
        channels = [width * shape["growth"] ** layer for layer in range(shape["layers"])]
        spec = {
            "name": "convnet",
            "image": image,
            "channels": channels,
            "kernel": shape["kernel"],
            "hidden": [],
            "classes": classes,
        }
        if architectures.weight_count(spec) > weights or _adds(spec) > multiply_adds_limit:
            break
        fitting = spec
    if fitting is None:
        raise Refused(f"small-conv: {weights} weights are too few for one channel of {shape}")
    return fitting


def _adds(spec: dict[str, Any]) -> int:
    return multiply_adds(architectures.build(spec, seed=0), tuple(spec["image"]))
