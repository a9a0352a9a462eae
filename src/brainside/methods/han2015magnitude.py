"""Magnitude pruning: remove the weights of least |w| and retrain the others in place.

Han, Pool, Tran, Dally (2015), "Learning both weights and connections for efficient neural
networks", section 3. The paper chooses a threshold per layer, a quality times the standard
deviation of the layer's weights; here an exact number of weights is kept, and the quality follows
from it (`ranking: threshold`), or weights are ranked over the whole network or in each layer. The
recipe's `l1` and `weight_decay` are the regularisers; without retraining its `epochs` are 0.
"""

from torch import Tensor, nn

from brainside.methods.contract import Point
from brainside.methods.shared.pruning import magnitudes, prune_by

VERSION = 1
PARAMS = {
    "sweep": {
        "like": "shared.pruning.prune_by",
        "ranking": ["global", "layer", "halved", "threshold"],
    }
}


def saliency(network: nn.Module, point: Point) -> dict[str, Tensor]:
    """|w|, or with `ranking: threshold` the least quality at which a weight's layer removes it."""
    if point.settings["ranking"] == "threshold":
        return qualities(magnitudes(network))
    return magnitudes(network)


sweep = prune_by(saliency)


def qualities(sizes: dict[str, Tensor]) -> dict[str, Tensor]:
    """|w| in units of its layer's threshold: the standard deviation of the weights kept.

    To keep the k largest of these over the whole network is to choose the one quality, common to
    all layers, whose thresholds keep k weights (section 3, before 3.1 on regularisation).
    """
    return {name: size / _spread(size) for name, size in sizes.items()}


def _spread(sizes: Tensor) -> float:
    """The standard deviation of a layer's non-zero weights, whose mean is nearly zero."""
    nonzero = sizes[sizes > 0].double()
    return max(float(nonzero.square().mean().sqrt()), 1e-30) if len(nonzero) else 1.0
