"""Spectral sparsification: each layer as a bipartite graph, of which nearly the spectrum is kept.

Spielman, Srivastava (2008), "Graph sparsification by effective resistances" (arXiv 0803.0929):
links are drawn with probabilities π in proportion to their leverage, conductance times effective
resistance, and conductances divided by π, so that the Laplacian of the sample is that of the graph
on average, and near it when n log n links are drawn. Adapted to networks:

- conductances are |w|, w², or w² times the variance of the weight's input over the training images;
  a convolution's graph joins its maps to its (channels · kernel) inputs;
- exactly as many links as allowed are drawn, without replacement, or those of the highest scores
  kept (`choice`); the theory is for `reweighted` draws, whose weights change so that conductances
  are divided by π: w/π where these are |w|, w/√π otherwise;
- `score` may also be the degree proxy that leverages tend to, or the conductance itself, the
  control: `square`, `conductance`, `top` is magnitude pruning.

Each layer keeps as many weights as global magnitude pruning to the same budget would leave it, so
that scores alone tell the methods apart; leverages of whole networks would favour the last layer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.graphs.resistance import by_degree, leverages, relative_spectrum
from brainside.graphs.sampling import inclusion_probabilities, systematic
from brainside.methods.contract import Point
from brainside.methods.shared.matrix_layers import Layer, for_inputs, matrix_layers
from brainside.methods.shared.pruning import Masks, alive, keep, magnitudes, prune_with
from brainside.networks.parameters import weight_of

VERSION = 1
PARAMS = {
    "sweep": {
        "needs": ["reference", "matrices"],
        "iterative": "flag",  # each budget starts from the network of the one before
        "conductance": ["absolute", "square", "variance"],  # |w|, w², w² · variance of its input
        "score": ["leverage", "degree", "conductance"],
        "choice": ["top", "sampled", "reweighted"],
    }
}
NAME = "spectral sparsification"
POWER = {"absolute": 1, "square": 2, "variance": 2}  # of |w| in its conductance
SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "leverage": leverages,
    "degree": by_degree,
    "conductance": lambda graph: graph,
}
Graphs = dict[str, Tensor]  # conductances (rows, columns), float64, by the weight's name


@dataclass(frozen=True)
class Sparsifier:
    """The links that are kept of a layer's graph, and what their conductances are multiplied by."""

    kept: Tensor  # bool (rows, columns)
    factors: Tensor  # float64 (rows, columns)


def cut(network: nn.Sequential, point: Point, before: Masks) -> tuple[Masks, dict[str, Any]]:
    """Masks of sparsifiers of all layers, whose weights are put into the network.

    The columns are those of `measures`. Raises Refused for layers that are not matrices or have no
    link, and for draws of more links than there are.
    """
    quotas = alive(keep(magnitudes(network), before, point.weights, ranking="global"))
    layers = matrix_layers(network, NAME)
    graphs = graphs_of(network, layers, point)
    sparsifiers = {
        name: _sparsifier(point, name, graph, before[name].flatten(1), quotas[name])
        for name, graph in graphs.items()
    }
    columns = measures(layers, graphs, sparsifiers, POWER[point.settings["conductance"]])
    masks = {name: each.kept.view_as(before[name]) for name, each in sparsifiers.items()}
    return masks, columns


sweep = prune_with(cut)


def graphs_of(network: nn.Module, layers: dict[str, Layer], point: Point) -> Graphs:
    """The conductances of each layer's graph; Refused, naming the layer, where all are zero."""
    form = point.settings["conductance"]
    graphs = {
        name: weight_of(layer).detach().cpu().flatten(1).double().abs() ** POWER[form]
        for name, layer in layers.items()
    }
    if form == "variance":
        spreads = variances(network, layers, point.task.data.train.images.cpu())
        graphs = {name: graph * spreads[name] for name, graph in graphs.items()}
    if empty := [name for name, graph in graphs.items() if not graph.any()]:
        where = f"budget {point.budget:.4g}, layer {empty[0]}"
        raise Refused(f"{where}: a layer without links has no spectrum; stop at a larger budget")
    return graphs


def variances(network: nn.Module, layers: dict[str, Layer], images: Tensor) -> dict[str, Tensor]:
    """The variance of each input of each layer over all images and uses, float64 (columns,).

    It is exactly 0 where an input never changes: sums are of differences from the first value.
    """
    first: dict[str, Tensor] = {}
    sums: dict[str, Tensor] = {}
    uses = dict.fromkeys(layers, 0)

    def add(name: str, inputs: Tensor) -> None:
        """Add a batch's inputs (uses, inputs) to the sums of a layer."""
        x = inputs.double() - first.setdefault(name, inputs[0].double())
        sums[name] = sums.get(name, 0) + torch.stack([x.sum(0), x.square().sum(0)])
        uses[name] += len(x)

    for_inputs(network, layers, images, add)
    means = {name: both / uses[name] for name, both in sums.items()}
    return {name: (squares - mean**2).clamp(min=0) for name, (mean, squares) in means.items()}


def top(scores: Tensor, mask: Tensor, count: int, seed: int) -> Sparsifier:
    """The `count` links of the highest scores, of those that the mask has."""
    kept = keep({"": scores}, {"": mask}, count, ranking="global")[""]
    return Sparsifier(kept, torch.ones_like(scores))


def sampled(scores: Tensor, mask: Tensor, count: int, seed: int) -> Sparsifier:
    """`count` links drawn in proportion to their scores, with their conductances as they are."""
    kept = systematic(inclusion_probabilities(scores, count), seed)
    return Sparsifier(kept, torch.ones_like(scores))


def reweighted(scores: Tensor, mask: Tensor, count: int, seed: int) -> Sparsifier:
    """The links of `sampled`, with conductances divided by their inclusion probabilities."""
    probabilities = inclusion_probabilities(scores, count)
    kept = systematic(probabilities, seed)
    return Sparsifier(kept, torch.where(kept, 1 / probabilities, 1))


CHOICES = {"top": top, "sampled": sampled, "reweighted": reweighted}


@torch.no_grad()
def measures(
    layers: dict[str, Layer], graphs: Graphs, sparsifiers: dict[str, Sparsifier], power: int
) -> dict[str, float]:
    """Put the sparsifiers' weights into the layers, and measure how near these are to the old.

    Columns by the layer's number from 1 on: `lambda_min_1` and `lambda_max_1`, the ends of the
    relative spectrum of the Laplacians, and `norm_ratio_1`, ‖W − W̃‖₂ / ‖W‖₂; without a number the
    least, the largest and the largest of all layers.
    """
    columns: dict[str, float] = {}
    for number, (name, layer) in enumerate(layers.items(), 1):
        each, weight = sparsifiers[name], weight_of(layer)
        old = weight.flatten(1).double().cpu()
        new = old * each.kept * each.factors ** (1 / power)
        low, high = relative_spectrum(graphs[name], graphs[name] * each.kept * each.factors)
        ratio = torch.linalg.matrix_norm(old - new, 2) / torch.linalg.matrix_norm(old, 2)
        columns |= {f"lambda_min_{number}": low, f"lambda_max_{number}": high}
        columns |= {f"norm_ratio_{number}": float(ratio)}
        weight.copy_(new.view_as(weight))
    ends = {"lambda_min": min, "lambda_max": max, "norm_ratio": max}
    whole = {n: end(v for c, v in columns.items() if c.startswith(n)) for n, end in ends.items()}
    return columns | whole


def _sparsifier(point: Point, name: str, graph: Tensor, mask: Tensor, count: int) -> Sparsifier:
    """The sparsifier of a layer at a budget; a refusal names both."""
    score, choice = (point.settings[field] for field in ("score", "choice"))
    try:
        return CHOICES[choice](SCORES[score](graph), mask, count, point.derived(f"links of {name}"))
    except Refused as refusal:
        raise Refused(f"budget {point.budget:.4g}, layer {name}: {refusal}") from None
