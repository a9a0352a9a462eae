"""Optimal Brain Damage: delete the weights whose deletion should raise the loss least.

LeCun, Denker, Solla (1990), "Optimal brain damage", section 2: the saliency of a weight is h w²/2,
with h the diagonal entry of the Hessian of the training loss; delete, retrain, and so on.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Point, Task
from brainside.methods.shared.curvature import WEIGHTED, diagonal
from brainside.methods.shared.pruning import Masks, prune_by
from brainside.networks.parameters import split
from brainside.training.evaluation import evaluate

VERSION = 1
PARAMS = {
    "sweep": {
        "like": "shared.pruning.prune_by",
        "curvature": ["full", "levenberg-marquardt", "gauss-newton", "hutchinson"],
        "absolute?": "flag",  # |h| in the place of h
        "curvature_images?": ["training", "validation"],  # on which h is taken
        "temperature?": "positive",  # that the outputs are divided by before h is taken
    }
}


def saliency(network: nn.Sequential, point: Point) -> dict[str, Tensor]:
    """h w²/2 of every weight, with the settings of a budget."""
    network.to(point.task.device)
    return saliencies(network, point.task, point.settings, seed=point.derived("curvature"))


def increases(
    network: nn.Module, point: Point, scores: dict[str, Tensor], before: Masks, after: Masks
) -> dict[str, Any]:
    """The rise of the training loss by a deletion before retraining: predicted and actual.

    `predicted_increase` is the sum of the deleted weights' saliencies.
    """
    train, loss = point.task.data.train, point.settings["loss"]
    predicted = sum(float(scores[n][before[n] & ~after[n]].double().sum()) for n in after)
    start = evaluate(network, train, loss).loss
    _delete(network, after)
    actual = evaluate(network, train, loss).loss - start
    return {"predicted_increase": predicted, "actual_increase": actual}


sweep = prune_by(saliency, watch=increases)


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


@torch.no_grad()
def _delete(network: nn.Module, masks: Masks) -> None:
    """Set the removed weights to zero, as the retraining does again."""
    for name, parameter in network.named_parameters():
        if name in masks:
            parameter.mul_(masks[name].to(parameter))
