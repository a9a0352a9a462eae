"""Optimal Brain Surgeon: delete weights one by one, and let all others make up for each.

Hassibi, Stork (1993), "Second order derivatives for network pruning: Optimal Brain Surgeon". The
next weight is the one of least w² / 2[H⁻¹]_qq, and the others move as equation 5 says (section 2).
H is the outer-product form of section 3, which leaves out the network's own second derivatives: the
Gauss–Newton matrix of the mean training loss, damped by α on the diagonal. It is over all
parameters: biases are not deleted, but they move, too. Only for small networks, as the inverse
Hessian is a matrix of all parameters by all parameters.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from brainside.base.errors import Refused
from brainside.data.datasets import Split
from brainside.methods.contract import Point, Run
from brainside.methods.shared.curvature import output_factor
from brainside.methods.shared.initial_pruning import drawn_images
from brainside.methods.shared.pruning import Masks, alive, retrain
from brainside.methods.shared.surgery import inverse_of, remove
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of
from brainside.training.evaluation import evaluate

VERSION = 1
PARAMS = {
    "sweep": {
        "needs": ["reference"],
        "iterative": "flag",  # each budget starts from the network of the one before
        "images": "images",  # training images that the Hessian is computed on
        # α of section 3; the paper's: 1e-8 to 1e-4. The larger, the shorter the others' steps.
        "damping": "positive",
        "every": "whole",  # deletions between two computations of the Hessian; the paper's: 1
    }
}
LARGEST = 6000  # parameters; the matrix of more takes gigabytes and hours
BATCH = 250  # images whose gradients are held at a time
Parameters = dict[str, Tensor]


def sweep(run: Run) -> Iterator[Compressed]:
    """Delete weights of the start down to each budget, and retrain by the recipe (0 epochs: not).

    The columns `predicted_increase` and `actual_increase` are of the training loss before
    retraining, the first the sum of the deleted weights' saliencies. Raises Refused for a network
    of more than LARGEST parameters.
    """
    before = run.resume or run.start_network
    for budget in run.budgets:
        point = run.at(budget)
        start = before if point.settings["iterative"] else run.start_network
        before = _cut(point, start)
        yield before


def _cut(point: Point, start: Compressed) -> Compressed:
    network, masks = start.network(), masks_of(start)
    parameters = sum(p.numel() for p in network.parameters())
    if parameters > LARGEST:
        name = point.task.network["name"]
        raise Refused(
            f"network {name} has {parameters:,} parameters; exact optimal brain surgery is for "
            f"{LARGEST:,} at most; use frantar2022obc.sweep"
        )
    train, loss = point.task.data.train, point.settings["loss"]
    before = evaluate(network, train, loss).loss
    network.cpu()
    masks, predicted = operate(network, masks, point)
    actual = evaluate(network, train, loss).loss - before
    columns = {"predicted_increase": predicted, "actual_increase": actual}
    return retrain(point, network, masks, start.columns["epochs_total"], **columns)


def operate(network: nn.Sequential, masks: Masks, point: Point) -> tuple[Masks, float]:
    """Delete weights of a network in place down to the budget: new masks, sum of saliencies.

    The Hessian is computed anew at the network as it is after `every` deletions.
    """
    settings, predicted = point.settings, 0.0
    images = drawn_images(point, "hessian")
    images = Split(images.images.cpu().double(), images.labels.cpu())
    excess = sum(alive(masks).values()) - point.weights
    while excess > 0:
        count = min(settings["every"], excess)
        point.progress(f"{excess} weights to be deleted")
        hessian = gauss_newton(network, images, settings["loss"])
        masks, cost = _delete(network, masks, hessian, settings["damping"], count)
        predicted, excess = predicted + cost, excess - count
    return masks, predicted


@torch.no_grad()
def _delete(
    network: nn.Module, masks: Masks, hessian: Tensor, damping: float, count: int
) -> tuple[Masks, float]:
    """Delete `count` weights with one Hessian (in the order of the parameters)."""
    parameters = dict(network.named_parameters())
    sizes = [p.numel() for p in parameters.values()]
    free = torch.cat([masks.get(n, torch.ones_like(p)).flatten() for n, p in parameters.items()])
    removable = torch.cat([torch.full((p.numel(),), n in masks) for n, p in parameters.items()])
    values = torch.cat([p.flatten() for p in parameters.values()]).double()
    free = free.bool()
    inverse = inverse_of(hessian[free][:, free], damping)
    surgery = remove(values[free], inverse, removable[free], count)
    values[free] = surgery.values
    kept = free.clone()
    kept[free.nonzero().flatten()[surgery.order]] = False
    parts = zip(parameters.items(), values.split(sizes), kept.split(sizes), strict=True)
    after = {}
    for (name, parameter), part, mask in parts:
        parameter.copy_(part.view_as(parameter))
        if name in masks:
            after[name] = mask.view_as(parameter)
    return after, float(surgery.costs.sum())


def gauss_newton(network: nn.Module, images: Split, loss: str) -> Tensor:
    """The Gauss–Newton matrix of the mean loss by all parameters, float64, in their order.

    It is the mean over images of Jᵀ S J, with J the derivatives of the outputs and S the Hessian of
    the loss by the outputs; for squared error, the outer products of section 3.
    """
    network.eval()
    given = {name: p.detach().double() for name, p in network.named_parameters()}
    state = {name: _as_double(buffer) for name, buffer in network.named_buffers()}

    def along(parameters: Parameters, image: Tensor, direction: Tensor) -> Tensor:
        """The component of one image's outputs along a direction (classes,)."""
        outputs = functional_call(network, {**state, **parameters}, image[None])
        return (outputs[0] * direction).sum()

    gradients = vmap(grad(along), in_dims=(None, 0, 0))
    size = sum(p.numel() for p in given.values())
    total = torch.zeros(size, size, dtype=torch.float64)
    pairs = zip(images.images.split(BATCH), images.labels.split(BATCH), strict=True)
    for batch, labels in pairs:
        outputs = functional_call(network, {**state, **given}, batch).detach()
        for directions in output_factor(outputs, labels, loss):
            parts = gradients(given, batch, directions.detach()).values()
            rows = torch.cat([part.flatten(1) for part in parts], 1)
            total.addmm_(rows.T, rows)
    return total / len(images.labels)


def _as_double(buffer: Tensor) -> Tensor:
    return buffer.double() if buffer.is_floating_point() else buffer
