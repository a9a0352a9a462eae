"""Edge-popup: the weights are random and stay so; training chooses which connections are kept.

Ramanujan, Wortsman, Kembhavi, Farhadi, Rastegari (2020), "What's hidden in a randomly weighted
neural network?", section 3. Each connection has a score; in each layer those of the largest
magnitude are kept, and the gradient passes to the scores as if all were, straight through. Weights
are one constant per layer with random signs, one of the paper's choices, and larger the fewer are
kept. As in the authors' example the magnitudes of scores count, and scores begin uniform. Biases
stay zero, so that no free value is in the file: it has the seeds of the signs, and positions.

A budget is therefore the number of connections that are kept, as a fraction of the reference's
weights, evenly in all layers. The records' column `weights`, which counts free weights, is 0, and
the only size on which such a network can be compared is bytes.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods.contract import Point, Run, each_budget
from brainside.methods.shared.dense import expanded
from brainside.methods.shared.matrix_layers import matrix_layers
from brainside.methods.shared.pruning import shares
from brainside.methods.shared.virtual import put_virtual
from brainside.networks import architectures
from brainside.networks.parameters import fan_in, split
from brainside.representations.compressed import TICKET, Compressed
from brainside.representations.ticket import constants
from brainside.representations.virtual import Expand

VERSION = 1
# How many times wider the hidden layers of the random network are (1 by default); as many
# connections are kept of it.
PARAMS = {"sweep": {"needs": ["matrices"], "expansion?": "widening"}}
NAME = "edge-popup"


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Choose the connections of one random network per budget, from scratch.

    Raises Refused for a network that has other free values than weights and biases, or a budget
    that leaves a layer no connection.
    """
    point = run.at(budget)
    spec = expanded(run.task.network, point.settings.get("expansion", 1))
    network, gain = architectures.build(spec, seed=run.seed), architectures.gain(spec)
    counts, shapes = _counts(network, point), architectures.shapes(spec)
    seeds = {name: derive(run.seed, "signs", name) for name in counts}
    for name, count in counts.items():
        fixed = constants(shapes[name], count, gain, seed=seeds[name]).to(run.task.device)
        scores = initial_scores(shapes[name], seed=derive(run.seed, "scores", name))
        put_virtual(network, name, scores, popup(fixed, count))
    silence_biases(network)
    trained = point.train(network)
    structure = _positions(network, counts)
    spec = {"network": spec, "signs": seeds}
    return Compressed(budget, TICKET, spec, {}, {}, structure, columns=trained.columns())


def _positions(network: nn.Module, counts: Mapping[str, int]) -> dict[str, Tensor]:
    """The flat positions of the connections that a trained network keeps, int32 and ascending."""
    scores = {name.replace(".free", ".weight"): s for name, s in split(network)[0].items()}
    masks = {name: kept(scores[name], count) for name, count in counts.items()}
    return {name: mask.nonzero().flatten().to(torch.int32) for name, mask in masks.items()}


def _counts(network: nn.Sequential, point: Point) -> Mapping[str, int]:
    """How many connections each layer keeps."""
    sizes = {n: layer.weight.numel() for n, layer in matrix_layers(network, NAME).items()}
    if strange := [name for name in split(network)[1] if not name.endswith(".bias")]:
        raise Refused(f"{NAME} stores no free value; the network has {strange[0]}")
    counts = shares(sizes, min(point.weights, sum(sizes.values())))
    for name, count in counts.items():
        if count < 1:
            raise Refused(
                f"budget {point.budget:g} leaves layer {name} no connection; take a larger one"
            )
    return counts


def initial_scores(shape: torch.Size, *, seed: int) -> Tensor:
    """Uniform between plus and minus one over the root of the inputs of a unit."""
    generator = torch.Generator().manual_seed(seed)
    return (2 * torch.rand(shape, generator=generator) - 1) / fan_in(shape) ** 0.5


def popup(fixed: Tensor, count: int) -> Expand:
    """The expansion of scores to weights: constants where the score is large, zero elsewhere.

    Backwards, a score's magnitude has the gradient of its constant times that of the weight.
    """

    def expand(scores: Tensor) -> Tensor:
        """The weights of scores, whose gradients pass straight through."""
        sizes = scores.abs()
        return fixed * (kept(scores.detach(), count).view_as(fixed) + (sizes - sizes.detach()))

    return expand


def kept(scores: Tensor, count: int) -> Tensor:
    """1 at the flat positions of the largest magnitudes, `count` of them, and 0 elsewhere."""
    sizes = scores.abs().flatten()
    largest = sizes.topk(count, sorted=False).indices
    return torch.zeros_like(sizes).index_fill_(0, largest, 1)


def silence_biases(network: nn.Module) -> None:
    """Make the biases zero for good."""
    for parameter in network.parameters():
        if parameter.dim() <= 1:
            parameter.requires_grad_(False).zero_()
