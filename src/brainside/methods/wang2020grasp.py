"""GraSP: before training, remove the weights without which the gradient is as long or longer.

Wang, Zhang, Grosse (2020), "Picking winning tickets before training by preserving gradient flow",
section 4.1. Removing a weight changes the squared norm of the gradient g, to first order, by twice
its entry of S = −w ⊙ Hg, with H the Hessian of the loss (equation 8). The weights of the largest S
are removed: those whose removal shortens the gradient most stay. The outputs are divided by a
temperature before the softmax. Weights are pruned once, at initialisation, and then trained.
"""

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
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
PARAMS = {
    "sweep": {
        "images": "images",  # that gradient and Hessian are computed on; the paper's: 10 per class
        "temperature": "positive",  # the paper's: 200; 1 leaves the loss as it is
    }
}


def choice(network: nn.Sequential, point: Point) -> Masks:
    """The masks of the weights that carry most of the gradient's norm, as many as allowed.

    Raises Refused for a temperature where there is no softmax.
    """
    loss, temperature = point.settings["loss"], point.settings["temperature"]
    if loss != "cross-entropy" and temperature != 1:
        raise Refused(f"temperature {temperature:g} is for the cross-entropy; with {loss} write 1")
    copied = double_copy(network, point.task.device)
    batch = drawn_images(point, "gradient flow")
    changes = flow_changes(copied, batch, loss, temperature)
    return most_salient({name: -change for name, change in changes.items()}, point.weights)


sweep = prune_initial(choice)


def flow_changes(
    network: nn.Module, batch: Split, loss: str, temperature: float
) -> dict[str, Tensor]:
    """S = −w ⊙ Hg of every weight, by name, on the CPU; g and H are of a batch's mean loss.

    Both are with respect to the weights only, biases being fixed.
    """
    weights = {name: p for name, p in network.named_parameters() if p.dim() > 1}
    dtype = next(iter(weights.values())).dtype
    outputs = network(batch.images.to(dtype)) / temperature
    value = loss_of(loss)(outputs, batch.labels)
    gradients = torch.autograd.grad(value, list(weights.values()), create_graph=True)
    norm = torch.stack([(g * g.detach()).sum() for g in gradients]).sum()  # its gradient is Hg
    products = torch.autograd.grad(norm, list(weights.values()))
    pairs = zip(weights.items(), products, strict=True)
    return {name: (-w.detach() * product).cpu() for (name, w), product in pairs}
