"""Truncated singular value decomposition of a trained network, and training of the factors.

Denton, Zaremba, Bruna, LeCun, Fergus (2014), "Exploiting linear structure within convolutional
networks for efficient evaluation", section 3.2: a layer's matrix W = U S Vᵀ is replaced by the part
of its largest singular values, the closest of all matrices of that rank (Eckart, Young 1936), and
the network is fine-tuned. Here each layer's square roots of S go to both factors, which are then
trained by the recipe. The output layer stays as it is, as for the other methods of low
rank. A convolution is its matrix (outputs, inputs of one place).
"""

from brainside.methods.contract import Params, Run, each_budget
from brainside.methods.shared.low_rank import ranks, truncated
from brainside.methods.shared.matrix_layers import dense_start, matrix_layers
from brainside.methods.shared.virtual import train_virtual
from brainside.networks.parameters import weight_of
from brainside.representations.compressed import LOW_RANK, Compressed
from brainside.representations.predicted import factors

VERSION = 1
PARAMS: Params = {"sweep": {"needs": ["reference", "matrices"]}}
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
