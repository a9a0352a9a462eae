"""Optimal Brain Compression: exact optimal brain surgery of each layer on its own.

Frantar, Singh, Alistarh (2022), "Optimal brain compression: a framework for accurate post-training
quantization and pruning", section 4. A layer's loss is ‖WX − ŴX‖², with X its inputs in the start,
so that each row of W has the Hessian H = 2XXᵀ. The greedy removal from each row (equation 3, lemma
1, algorithm 1) gives a trace of costs; weights go where the next cost is least over all rows
(algorithm 2), and what is kept takes the values that the removals one by one would give it. A
convolution is its matrix on unfolded patches. Layers are independent: X is that of the start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from brainside.base.progress import Progress
from brainside.methods.contract import Point, Run
from brainside.methods.shared.initial_pruning import drawn_images
from brainside.methods.shared.matrix_layers import (
    Layer,
    dense_start,
    for_inputs,
    matrix_layers,
)
from brainside.methods.shared.pruning import Masks, keep, keep_all, retrain
from brainside.methods.shared.surgery import inverse_of, minimum_without, remove
from brainside.networks.parameters import weight_of
from brainside.representations.compressed import Compressed

VERSION = 1
PARAMS = {
    "sweep": {
        "needs": ["reference", "matrices"],
        # `layer`: each keeps the same part (the paper's uniform sparsity); `global`: costs are
        # compared over all layers, as parts of the squared outputs of their own layer.
        "ranking": ["global", "layer"],
        "images": "images",  # training images that layers' inputs are taken from
        "damping": "positive",  # added to the diagonal of H, in units of its mean
    }
}
NAME = "optimal brain compression"
Hessians = dict[str, Tensor]


@dataclass(frozen=True)
class Trace:
    """The full removal of a layer's weights, row by row, and the quadratic that it is of."""

    weight: Tensor  # (rows, inputs), float64
    hessian: Tensor  # (inputs, inputs), damped
    order: Tensor  # int64 (rows, inputs), what each row removes first to last
    costs: Tensor  # (rows, inputs), the rises of ‖WX − ŴX‖² at each of these removals

    @property
    def energy(self) -> float:
        """‖WX‖², what the layer loses when all of its weights are removed."""
        return max(float((self.weight @ self.hessian * self.weight).sum() / 2), 1e-300)


def sweep(run: Run) -> Iterator[Compressed]:
    """Remove weights of the start, once for each budget, and retrain by the recipe (0 epochs: not).

    The traces of all rows serve every budget. Raises Refused for a start that is not dense, and for
    layers that are not matrices.
    """
    start, traces = dense_start(run, NAME), {}
    for budget in run.budgets:
        point, network = run.at(budget), start.network()
        key = (point.settings["images"], point.settings["damping"])
        if key not in traces:  # the same for all budgets, unless their settings differ
            traces = {key: traces_of(network, point)}
        masks = compress(network, traces[key], point)
        yield retrain(point, network, masks, start.columns["epochs_total"])


def traces_of(network: nn.Module, point: Point) -> dict[str, Trace]:
    """The traces of all layers of a network, by the weight's name, with the point's settings."""
    layers = matrix_layers(network, NAME)
    images = drawn_images(point, "calibration").images.cpu()
    hessians = hessians_of(network, layers, images)
    return {
        name: trace(
            weight_of(layer).detach().flatten(1).double(),
            hessians[name],
            point.settings["damping"],
            point.progress.at(name),
        )
        for name, layer in layers.items()
    }


def hessians_of(network: nn.Module, layers: Mapping[str, Layer], images: Tensor) -> Hessians:
    """H = 2XXᵀ of each layer, float64, with X its inputs (inputs, uses) for the images."""
    hessians: Hessians = {}

    def add(name: str, inputs: Tensor) -> None:
        """Add a batch's inputs (uses, inputs) to a layer's Hessian."""
        x = inputs.double()
        hessians[name] = hessians.get(name, 0) + 2 * x.T @ x

    for_inputs(network, layers, images, add)
    return hessians


def trace(weight: Tensor, hessian: Tensor, damping: float, progress: Progress) -> Trace:
    """Remove all weights of each row of a weight (rows, inputs) in turn (algorithm 1)."""
    hessian = hessian + damping * hessian.diagonal().mean() * torch.eye(len(hessian)).to(hessian)
    inverse, everything = inverse_of(hessian, 0.0), torch.ones(len(hessian), dtype=torch.bool)
    surgeries = []
    for number, row in enumerate(weight):
        surgeries.append(remove(row, inverse, everything, len(row)))
        progress(f"row {number + 1} of {len(weight)}")
    order, costs = (torch.stack([getattr(s, f) for s in surgeries]) for f in ("order", "costs"))
    return Trace(weight, hessian, order, costs)


@torch.no_grad()
def compress(network: nn.Module, traces: Mapping[str, Trace], point: Point) -> Masks:
    """Put compressed weights, exactly as many as allowed, into a network; their masks."""
    parameters = dict(network.named_parameters())
    scores = {
        name: thresholds(each).div(each.energy).view_as(parameters[name])
        for name, each in traces.items()
    }
    best = keep(scores, keep_all(scores), point.weights, ranking=point.settings["ranking"])
    masks = {}
    for name, each in traces.items():
        kept = in_order(each, best[name].flatten(1).sum(1))
        pairs = zip(each.weight, kept, strict=True)
        rows = [minimum_without(row, each.hessian, mask) for row, mask in pairs]
        parameters[name].copy_(torch.stack(rows).view_as(parameters[name]))
        masks[name] = kept.view_as(parameters[name])
    return masks


def thresholds(each: Trace) -> Tensor:
    """The greatest cost that each weight's removal has to wait for, (rows, inputs).

    A weight goes after those before it in its row, so this is the largest cost up to its own; to
    remove by it is what a heap of the rows' next costs does (algorithm 2).
    """
    waits = each.costs.cummax(1).values
    return torch.zeros_like(waits).scatter_(1, each.order, waits)


def in_order(each: Trace, kept: Tensor) -> Tensor:
    """Masks (rows, inputs) of what is left when each row has `kept` (rows,) weights.

    The rows' own order decides, not their thresholds, of which neighbours may be equal.
    """
    rank = torch.zeros_like(each.order)
    rank.scatter_(1, each.order, torch.arange(rank.shape[1]).expand_as(rank).contiguous())
    return rank >= rank.shape[1] - kept[:, None]
