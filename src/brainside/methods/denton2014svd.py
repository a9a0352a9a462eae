"""Truncated singular value decomposition of a trained network, and training of the factors.

Denton, Zaremba, Bruna, LeCun, Fergus (2014), "Exploiting linear structure within convolutional
networks for efficient evaluation", section 3.2: a layer's matrix W = U S Vᵀ is replaced by the part
of its largest singular values, the closest of all matrices of that rank (Eckart, Young 1936), and
the network is fine-tuned. Here each layer's square roots of S go to both factors, which are then
trained by the recipe. The layer of the classes stays as it is, as for the other methods of low
rank. A convolution is its matrix (outputs, inputs of one place).
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from brainside.base.errors import Refused
from brainside.methods.contract import Params, Run, each_budget
from brainside.methods.denil2013predicting import proportion
from brainside.methods.shared.matrix_layers import dense_start, matrix_layers
from brainside.methods.shared.virtual import train_virtual
from brainside.networks.parameters import weight_of
from brainside.representations.compressed import LOW_RANK, Compressed
from brainside.representations.predicted import factors

VERSION = 1
PARAMS: Params = {"sweep": {}}
NAME = "singular value decomposition"


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Truncate the start's layers but the last, and train the factors (0 epochs: do not).

    Biases and the last layer begin as the start has them and are trained, too. Raises Refused for a
    start that is not dense, a layer that is not a matrix, or a budget that leaves a layer no rank.
    """
    point, start = run.at(budget), dense_start(run, NAME)
    network = start.network()
    weights = {
        name: weight_of(layer).detach() for name, layer in matrix_layers(network, NAME).items()
    }
    layers = {
        name: (truncated(weights[name].flatten(1), rank), factors(weights[name].shape))
        for name, rank in ranks({n: w.shape for n, w in weights.items()}, point.weights).items()
    }
    return train_virtual(
        point,
        {"network": run.task.network, "low_rank": list(layers)},
        layers,
        rebuild=LOW_RANK,
        network=network,
        epochs_before=start.columns["epochs_total"],
    )


def ranks(shapes: Mapping[str, torch.Size], stored: int) -> dict[str, int]:
    """The rank of each layer but the last, whose factors have the same share of its weights.

    What is left of the budget by rounding down goes, one rank at a time, to the layers that lost
    most by it. Raises Refused where a layer has none.
    """
    sizes = {name: shape.numel() for name, shape in shapes.items()}
    share = min(1.0, proportion(sizes, stored))
    prices = {n: shapes[n][0] + shapes[n][1:].numel() for n in list(shapes)[:-1]}
    exact = {name: share * sizes[name] / price for name, price in prices.items()}
    whole = {name: int(value + 1e-9) for name, value in exact.items()}
    spare = stored - sizes[list(shapes)[-1]] - sum(whole[n] * prices[n] for n in whole)
    for name in sorted(whole, key=lambda name: whole[name] - exact[name]):
        if prices[name] <= spare and whole[name] < exact[name]:
            whole[name], spare = whole[name] + 1, spare - prices[name]
    for name, rank in whole.items():
        if rank < 1:
            raise Refused(f"{stored} weights leave layer {name} no rank; take a larger budget")
    return whole


def truncated(matrix: Tensor, rank: int) -> Tensor:
    """The closest matrix of a rank to one (outputs, inputs), as factors (rank, outputs + inputs).

    The first part of a row is √s u, the second √s v; the largest entry of u is positive, so that
    the signs are the same on every machine.
    """
    u, s, v = torch.linalg.svd(matrix.double(), full_matrices=False)
    u, s, v = u.T[:rank], s[:rank], v[:rank]
    signs = u.gather(1, u.abs().argmax(1, keepdim=True)).sign()
    return (torch.cat([u, v], 1) * signs * s.sqrt()[:, None]).to(matrix)
