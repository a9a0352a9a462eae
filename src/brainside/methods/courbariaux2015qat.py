"""Training with quantised weights: 2^bits levels per layer forwards, real values underneath.

Courbariaux, Bengio, David (2015), "BinaryConnect: training deep neural networks with binary weights
during propagations", sections 2.3 and 2.4, algorithm 1: outputs and gradients are those of the
quantised weights, the gradient is added to the real ones as if quantising were the identity
(straight through), and real weights are clipped to the range of the levels. The paper has the two
levels ±1; here each layer has 2^bits evenly spaced ones, symmetric about zero and as wide as brings
them nearest to the start's weights, and training goes on from the start. Stored are all weights,
with their quantised values.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.methods.contract import Params, Run, each_budget
from brainside.methods.shared.matrix_layers import dense_start, matrix_layers
from brainside.methods.shared.virtual import Virtual, put_virtual
from brainside.networks.parameters import split, weight_of
from brainside.representations.compressed import DENSE, Compressed
from brainside.representations.virtual import Expand

VERSION = 1
PARAMS: Params = {"sweep": {"needs": ["reference", "matrices", "budget 1"], "bits": "bits"}}
NAME = "quantised training"
BITS = 8  # at most
WIDTHS = 200  # ranges that are tried, from a two-hundredth of the largest weight on


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train on from the start with quantised weights; biases stay real. The only budget is 1.

    Raises Refused for another budget, more than BITS bits, a start that is not dense, or a layer
    that is not a matrix.
    """
    point, bits = run.at(budget), run.settings(budget)["bits"]
    if budget != 1:
        raise Refused(f"{NAME} stores every weight; its only budget is 1, not {budget:g}")
    if bits > BITS:
        raise Refused(f"bits {bits}: {NAME} has at most {BITS}")
    start = dense_start(run, NAME)
    network = start.network()
    ranges = quantise(network, bits)
    trained = point.train(
        network, use="quantised training", constrain=lambda network: clip(network, ranges)
    )
    free, biases = split(network)
    weights = {name: quantised(free[_free(name)], ranges[name], bits) for name in ranges}
    columns = trained.columns(start.columns["epochs_total"])
    return Compressed(budget, DENSE, dict(run.task.network), weights, biases, columns=columns)


def quantise(network: nn.Module, bits: int) -> dict[str, float]:
    """Make the layers of a network compute with quantised weights; their largest levels by name."""
    ranges = {}
    for name, layer in matrix_layers(network, NAME).items():
        weight = weight_of(layer).detach().clone()
        ranges[name] = nearest_range(weight, bits)
        put_virtual(network, name, weight, straight_through(ranges[name], bits))
    return ranges


def quantised(weight: Tensor, largest: float, bits: int) -> Tensor:
    """The nearest of 2^bits evenly spaced levels from −largest to largest; up where two are."""
    steps = 2**bits - 1
    level = ((weight / largest + 1) * (steps / 2)).add(0.5).floor().clamp(0, steps)
    return (2 * level - steps) * (largest / steps)


def straight_through(largest: float, bits: int) -> Expand:
    """Quantised values forwards, the identity backwards."""
    return lambda free: quantised(free, largest, bits).detach() + (free - free.detach())


def nearest_range(weight: Tensor, bits: int) -> float:
    """The largest level with which quantised weights have the least squared error.

    For one bit that is the mean of |w|; otherwise the best of WIDTHS parts of the largest |w|.
    """
    if bits == 1:
        return max(float(weight.double().abs().mean()), 1e-30)
    top = max(float(weight.abs().max()), 1e-30)
    tried = [top * part / WIDTHS for part in range(1, WIDTHS + 1)]
    return min(tried, key=lambda r: float((quantised(weight, r, bits) - weight).square().sum()))


@torch.no_grad()
def clip(network: nn.Module, ranges: Mapping[str, float]) -> None:
    """Put the real weights back into the range of their layers' levels (section 2.4)."""
    for name, largest in ranges.items():
        layer = network.get_submodule(name.removesuffix(".weight"))
        assert isinstance(layer, Virtual)
        layer.free.clamp_(-largest, largest)


def _free(name: str) -> str:
    return name.removesuffix("weight") + "free"
