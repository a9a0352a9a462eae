"""Optimal Brain Damage: delete the weights whose deletion should raise the loss least.

LeCun, Denker, Solla (1990), "Optimal brain damage", section 2: the saliency of a weight is h w²/2,
with h the diagonal entry of the Hessian of the training loss; delete, retrain, and so on.
"""

from typing import Any

import torch
from torch import Tensor, nn

from brainside.methods.contract import Point
from brainside.methods.shared.pruning import Masks, prune_by
from brainside.methods.shared.saliencies import saliencies
from brainside.training.evaluation import evaluate

VERSION = 1
PARAMS = {
    "sweep": {
        "like": "shared.pruning.prune_by",
        "curvature": ["full", "levenberg-marquardt", "gauss-newton", "hutchinson"],
        "absolute?": "flag",  # |h| instead of h
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


@torch.no_grad()
def _delete(network: nn.Module, masks: Masks) -> None:
    """Set the removed weights to zero, as the retraining does again."""
    for name, parameter in network.named_parameters():
        if name in masks:
            parameter.mul_(masks[name].to(parameter))
