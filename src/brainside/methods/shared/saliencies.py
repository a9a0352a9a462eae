"""What the deletion of each weight should raise the training loss by, from its second derivative.

LeCun, Denker, Solla (1990), "Optimal brain damage", section 2.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Task
from brainside.methods.shared.curvature import diagonal
from brainside.methods.shared.layer_derivatives import WEIGHTED
from brainside.networks.parameters import split


def saliencies(
    network: nn.Sequential, task: Task, settings: Mapping[str, Any], *, seed: int
) -> dict[str, Tensor]:
    """h w²/2 of every weight, by name, on the CPU; h over the whole training set.

    Where training images are interpolated, a handful of them has nearly all of the curvature; so
    the settings can ask for validation images, or for outputs divided by a temperature.
    """
    form, absolute = settings["curvature"], settings.get("absolute", False)
    network = softened(network, settings.get("temperature", 1.0))
    images = {"training": task.data.train, "validation": task.data.valid}
    chosen = images[settings.get("curvature_images", "training")]
    curvature = diagonal(network, chosen, settings["loss"], form, seed=seed)
    weights = split(network)[0]
    h = {
        name: values.cpu().abs() if absolute else values.cpu() for name, values in curvature.items()
    }
    return {name: h[name] * w.square() / 2 for name, w in weights.items()}


@torch.no_grad()
def softened(network: nn.Sequential, temperature: float) -> nn.Sequential:
    """The network with its outputs divided by a temperature, which the last layer takes in.

    h w² of that layer's weights is the same whether it is they that are divided or the outputs.
    Raises Refused where an activation follows it.
    """
    if temperature == 1:
        return network
    soft = deepcopy(network)
    if not isinstance(soft[-1], WEIGHTED):
        kind = type(soft[-1]).__name__
        raise Refused(f"a temperature needs linear outputs, not those of a {kind}")
    for values in soft[-1].parameters():
        values.div_(temperature)
    return soft
