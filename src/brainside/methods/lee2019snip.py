"""SNIP: before training, keep the connections to which the loss is most sensitive.

Lee, Ajanthan, Torr (2019), "SNIP: single-shot network pruning based on connection sensitivity",
section 4. With an indicator c of each connection, the sensitivity is |∂L(c ⊙ w)/∂c| at c = 1, which
is |∂L/∂w ⊙ w|, on a batch of training images (equations 4 to 6). The paper divides it by its sum,
which changes no ranking. Weights are pruned once, at initialisation, and then trained.
"""

import torch
from torch import Tensor, nn

from brainside.data.datasets import Split
from brainside.methods.contract import Point
from brainside.methods.shared.initial_pruning import (
    double_copy,
    drawn_images,
    most_salient,
    prune_initial,
)
from brainside.methods.shared.pruning import Masks
from brainside.training.evaluation import loss_of

VERSION = 1
PARAMS = {"sweep": {"images": "images"}}  # that the sensitivity is computed on; the paper's: 100


def choice(network: nn.Sequential, point: Point) -> Masks:
    """The masks of the most sensitive weights of the whole network, as many as allowed."""
    copied = double_copy(network, point.task.device)
    batch = drawn_images(point, "sensitivity")
    return most_salient(sensitivities(copied, batch, point.settings["loss"]), point.weights)


sweep = prune_initial(choice)


def sensitivities(network: nn.Module, batch: Split, loss: str) -> dict[str, Tensor]:
    """|∂L/∂w ⊙ w| of every weight, by name, on the CPU; L is the mean loss of a batch."""
    weights = {name: p for name, p in network.named_parameters() if p.dim() > 1}
    dtype = next(iter(weights.values())).dtype
    value = loss_of(loss)(network(batch.images.to(dtype)), batch.labels)
    gradients = torch.autograd.grad(value, list(weights.values()))
    pairs = zip(weights.items(), gradients, strict=True)
    return {name: (g * w.detach()).abs().cpu() for (name, w), g in pairs}
