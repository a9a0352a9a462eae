"""Optimal Brain Damage: delete the weights whose deletion should raise the loss least.

LeCun, Denker, Solla (1990), "Optimal brain damage": the saliency of a weight is h w²/2, with h the
second derivative of the training loss, its diagonal only; delete, retrain, and so on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.shared.curvature import diagonal
from brainside.methods.shared.pruning import Masks, prune_and_retrain
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.training.evaluation import evaluate

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: Compressed | None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Prune the reference by OBD's saliency.

    Settings: `curvature` (a form of curvature.diagonal), `absolute` (|h| in the place of h),
    `iterative`, `ranking` (`global` as in the paper, or `layer`), and the recipe. Columns of its
    own: `predicted_increase` of the training loss by the deletion of this step, the saliencies'
    sum, and `actual_increase` before retraining.
    """
    loss = settings(budgets[0])["loss"]

    def saliency(network: nn.Module, chosen: Mapping[str, Any], budget: float) -> dict[str, Tensor]:
        probe = derive(seed, "curvature", f"{budget:.6g}")
        network.to(task.device)
        return saliencies(network, task, chosen, seed=probe)

    def watch(
        network: nn.Module, scores: dict[str, Tensor], before: Masks, after: Masks
    ) -> dict[str, float]:
        predicted = sum(float(scores[n][before[n] & ~after[n]].double().sum()) for n in after)
        start = evaluate(network, task.data.train, loss).loss
        _delete(network, after)
        actual = evaluate(network, task.data.train, loss).loss - start
        return {"predicted_increase": predicted, "actual_increase": actual}

    return prune_and_retrain(
        task,
        budgets,
        saliency,
        settings=settings,
        seed=seed,
        reference=reference,
        resume=resume,
        progress=progress,
        watch=watch,
    )


def saliencies(
    network: nn.Module, task: Task, chosen: Mapping[str, Any], *, seed: int
) -> dict[str, Tensor]:
    """h w²/2 of every weight, by name, on the CPU; h over the whole training set."""
    form, absolute = chosen["curvature"], chosen.get("absolute", False)
    curvature = diagonal(network, task.data.train, chosen["loss"], form, seed=seed)
    weights = split(network)[0]
    h = {
        name: values.cpu().abs() if absolute else values.cpu() for name, values in curvature.items()
    }
    return {name: h[name] * w.square() / 2 for name, w in weights.items()}


@torch.no_grad()
def _delete(network: nn.Module, masks: Masks) -> None:
    """Set the removed weights to zero; the retraining does it again."""
    for name, parameter in network.named_parameters():
        if name in masks:
            parameter.mul_(masks[name].to(parameter))
