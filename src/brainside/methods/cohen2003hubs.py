"""Hub layers: a layer passes through a few linear hubs, W = B A, and both factors are sparse.

Cohen, Halperin, Kaplan, Zwick (2003), "Reachability and distance queries via 2-hop labels": each
vertex of a graph stores its distances to a few hubs, and a query on a pair is the minimum over the
hubs that both have. Exact labels cannot compress connections, as the only hubs of an edge are its
ends. Here hubs are put in, and learned: row i of B is the label of unit i, column j of A the label
of input j, and the weight from j to i is the sum over the hubs that both have. The nearest prior
work are products of sparse matrices instead of layers (Giffon et al. 2021, "PSM-nets").

Factors come from the start's singular value decomposition, with a square root of S on both sides.
A, B and the other layers are all weights of one network with more layers, which is pruned by
magnitude to the budget and retrained, and so on; a gradient that is too long is shortened
(`clip` in the recipe), since those of products can explode. Stored are positions and values of both
factors, as of any pruned network. Where the budget allows more than the factors have, these are
dense. The controls are random and Monarch supports of the factors, and dense factors of low rank.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Method, Params, Point, Run, Start, Task, each_budget
from brainside.methods.shared.initial_pruning import most_salient
from brainside.methods.shared.low_rank import ranks, truncated
from brainside.methods.shared.matrix_layers import dense_start, matrix_layers
from brainside.methods.shared.pruning import (
    Masks,
    alive,
    best_of_layers,
    magnitudes,
    prune_by,
    ranked,
    retrain,
)
from brainside.networks import architectures
from brainside.networks.hubs import factorised, multiplied, places
from brainside.networks.parameters import weight_of
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense

VERSION = 3
PARAMS: Params = {
    "sweep": {
        "like": "shared.pruning.prune_by",
        "needs": ["reference", "matrices"],
        "hubs": {"*": "rank"},  # how many, by the weight's name: {1.weight: 100}
        "supports": ["learned", "random"],
    },
    "monarch": {"needs": ["reference", "matrices"], "hubs": {"*": "rank"}},
    "low_rank": {"needs": ["reference", "matrices"], "iterative": "flag"},
}
NAME = "hub layers"
Factors = dict[str, tuple[Tensor, Tensor]]  # A (hubs, inputs) and B (units, hubs) by weight


def random_supports(scores: dict[str, Tensor], before: Masks, point: Point) -> Masks:
    """As many weights in each layer as the ranking would keep; in the factors, at random.

    They are drawn from those that are still there. Other layers keep their largest weights, so that
    random and learned supports of the same network differ in the factors alone. `scores` are
    magnitudes.
    """
    spec = point.task.network
    factors = factor_names(architectures.build(spec["network"]), spec["hubs"])
    generator = torch.Generator().manual_seed(point.derived("mask"))
    drawn = {name: torch.rand(scores[name].shape, generator=generator) for name in factors}
    return best_of_layers({**scores, **drawn}, before, alive(ranked(scores, before, point)))


def factor_names(plain: nn.Sequential, hubs: Mapping[str, int]) -> list[str]:
    """The names of A and B of each layer that passes through hubs, in the network with hubs."""
    indices = places(plain, hubs)
    return [f"{i}.weight" for name in hubs for i in indices[name.removesuffix(".weight")]]


SUPPORTS: dict[str, Method] = {
    "learned": prune_by(lambda network, _: magnitudes(network)),
    "random": prune_by(lambda network, _: magnitudes(network), choice=random_supports),
}


def sweep(run: Run) -> Iterator[Compressed]:
    """Prune a network through hubs to one budget after the other.

    With the parameter `supports` the weights that are kept are the largest ones ("learned"), or
    drawn at random ("random", see `random_supports`). Raises Refused for a start that is not dense,
    a layer that the network does not have, or more hubs than it has inputs or units.
    """
    hubs, supports = _same(run, "hubs"), _same(run, "supports")
    if supports not in SUPPORTS:
        raise Refused(f"unknown supports {supports!r}; known: {', '.join(SUPPORTS)}")
    task, start = through(run.task, hubs), dense_start(run, NAME)
    network = start.network()
    made = factorised(network, decomposed(network, hubs))
    stored = of_dense(made, task.network, budget=1.0, epochs_total=start.columns["epochs_total"])
    yield from SUPPORTS[supports](replace(run, task=task, start=Start(stored)))


def through(task: Task, hubs: Mapping[str, int]) -> Task:
    """A task whose network goes through hubs; budgets stay those of the plain network."""
    spec = {"name": "hubs", "network": task.network, "hubs": dict(hubs)}
    architectures.build(spec)  # refuses hubs that cannot be
    return replace(task, network=spec)


def decomposed(network: nn.Sequential, hubs: Mapping[str, int]) -> Factors:
    """The factors of the nearest matrices with as many hubs as their rank, layer by layer."""
    layers = matrix_layers(network, NAME)
    return {name: _factors(_matrix(layers[name]), count) for name, count in hubs.items()}


def _factors(matrix: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    both = truncated(matrix, rank)
    return both[:, len(matrix) :], both[:, : len(matrix)].T


def _matrix(layer: nn.Module) -> Tensor:
    return weight_of(layer).detach().flatten(1)


def _same(run: Run, field: str) -> Any:
    """A parameter that is the same at all budgets; Refused where it is not."""
    first, *others = [run.settings(budget)[field] for budget in run.points or run.budgets]
    if any(value != first for value in others):
        raise Refused(f"{NAME}: {field} must be the same at all budgets; write `tuned_at`")
    return first


@each_budget
def monarch(run: Run, budget: float) -> Compressed:
    """The control whose supports are given: factors of equal blocks, from the start, one-shot.

    Dao et al. (2022), "Monarch: expressive structured matrices for efficient and accurate
    training": the hubs of a block share a block of inputs, and go to all blocks of units in turn.
    There are as few blocks as leave the factors no more than their share of the budget; the other
    layers keep their largest weights. Values are the nearest ones of this class to the start's,
    layer by layer. Raises Refused where a budget leaves blocks without a hub.
    """
    start, hubs = dense_start(run, NAME), run.settings(budget)["hubs"]
    point = replace(run.at(budget), task=through(run.task, hubs))
    plain = start.network()
    matrices = {n: _matrix(layer) for n, layer in matrix_layers(plain, NAME).items()}
    blocks = blocks_within({n: m.shape for n, m in matrices.items()}, hubs, point.weights)
    network = factorised(plain, {n: projected(matrices[n], h, blocks) for n, h in hubs.items()})
    both = (m for n, h in hubs.items() for m in monarch_masks(matrices[n].shape, h, blocks))
    supports: Masks = dict(zip(factor_names(plain, hubs), both, strict=True))
    masks = _with_largest(magnitudes(network), supports, point.weights)
    return retrain(point, network, masks, start.columns["epochs_total"])


def blocks_within(shapes: Mapping[str, torch.Size], hubs: Mapping[str, int], kept: int) -> int:
    """The least number of blocks whose factors have no more than their share of `kept` weights.

    `shapes` (units, inputs) are those of all layers' matrices. Raises Refused where even a block
    for each hub has more.
    """
    dense = {name: count * sum(shapes[name]) for name, count in hubs.items()}
    others = sum(shape.numel() for name, shape in shapes.items() if name not in hubs)
    share = kept * sum(dense.values()) / (sum(dense.values()) + others)
    for blocks in range(1, min(hubs.values()) + 1):
        masks = [m for n, count in hubs.items() for m in monarch_masks(shapes[n], count, blocks)]
        if sum(int(mask.sum()) for mask in masks) <= share:
            return blocks
    raise Refused(f"{NAME}: {kept} weights leave a block without a hub; take a larger budget")


def monarch_masks(shape: torch.Size, hubs: int, blocks: int) -> tuple[Tensor, Tensor]:
    """The masks of A (hubs, inputs) and B (units, hubs) of a matrix (units, inputs)."""
    of_units, of_inputs = (_blocks(count, blocks) for count in shape)
    first, second = _blocks(hubs, blocks), torch.arange(hubs) % blocks
    return first[:, None] == of_inputs, of_units[:, None] == second


def projected(matrix: Tensor, hubs: int, blocks: int) -> tuple[Tensor, Tensor]:
    """The factors in blocks whose product is nearest to a matrix (units, inputs).

    Each pair of a block of units and one of inputs has hubs of its own, so that each such part of
    the matrix is decomposed for itself (and lost where the pair has none).
    """
    of_inputs, of_units = monarch_masks(matrix.shape, hubs, blocks)
    first, second = torch.zeros(of_inputs.shape), torch.zeros(of_units.shape)
    pairs = _blocks(hubs, blocks) * blocks + torch.arange(hubs) % blocks
    for pair in pairs.unique():
        own = (pairs == pair).nonzero().flatten()
        rows, columns = of_units[:, own[0]].nonzero(), of_inputs[own[0]].nonzero().flatten()
        part = matrix[rows, columns]
        a, b = _factors(part, min(len(own), *part.shape))
        first[own[: len(a), None], columns], second[rows, own[: len(a)]] = a, b
    return first, second


def _blocks(count: int, blocks: int) -> Tensor:
    """The block of each of `count` things in a row."""
    return torch.arange(count) * blocks // count


def _with_largest(scores: dict[str, Tensor], supports: Masks, kept: int) -> Masks:
    """Masks of supports that are given, and in the other layers the largest weights, `kept` in all.

    Fewer where the other layers have no more.
    """
    given = {n: mask.view(scores[n].shape) for n, mask in supports.items()}
    others = {n: score for n, score in scores.items() if n not in supports}
    left = kept - sum(alive(given).values())
    chosen = most_salient(others, left) if others else {}
    return {name: given[name] if name in given else chosen[name] for name in scores}


def low_rank(run: Run) -> Iterator[Compressed]:
    """The control with dense factors: decompose all layers but the last, train, and go on.

    Ranks are those of denton2014svd. With the parameter `iterative` each budget starts from the
    product of the factors of the one before, otherwise from the run's start.
    """
    before = run.resume or dense_start(run, NAME)
    for budget in run.budgets:
        point = run.at(budget)
        start = before if point.settings["iterative"] else dense_start(run, NAME)
        before = _of_low_rank(point, start)
        yield before


def _of_low_rank(point: Point, start: Compressed) -> Compressed:
    plain = start.network()
    if start.spec["name"] == "hubs":
        empty = architectures.build(start.spec["network"])
        plain = multiplied(plain, empty, start.spec["hubs"])
    by_layer = ranks(
        {n: _matrix(layer).shape for n, layer in matrix_layers(plain, NAME).items()}, point.weights
    )
    network, task = factorised(plain, decomposed(plain, by_layer)), through(point.task, by_layer)
    trained = point.train(network, use="retraining")
    columns = trained.columns(start.columns["epochs_total"])
    return of_dense(network, task.network, budget=point.budget, **columns)
