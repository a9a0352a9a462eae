"""Sizes: counted by hand, by loops and by torch's own counter, and what zero weights cut off."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from brainside.networks import architectures
from brainside.networks.counts import connectivity, multiply_adds
from brainside.networks.parameters import split
from brainside.networks.weights import weight_count
from brainside.representations import checkpoint
from brainside.representations.plain import of_sparse
from brainside.representations.sizes import count

MLP = {"name": "mlp", "sizes": [6, 4, 3]}
CONVNET = {"name": "convnet", "image": [2, 8, 8], "channels": [3, 5], "kernel": 3, "hidden": [7],
           "classes": 4}  # fmt: skip

specs = st.builds(
    lambda ends, hidden: {"name": "mlp", "sizes": [ends[0], *hidden, ends[1]]},
    st.tuples(st.integers(1, 9), st.integers(1, 9)), st.lists(st.integers(1, 9), max_size=3),
) | st.builds(
    lambda colours, side, channels, kernel, hidden: {
        "name": "convnet", "image": [colours, side, side], "channels": channels, "kernel": kernel,
        "hidden": hidden, "classes": 3},
    st.integers(1, 3), st.integers(4, 9), st.lists(st.integers(1, 4), min_size=1, max_size=2),
    st.sampled_from([1, 3, 5]), st.lists(st.integers(1, 5), max_size=1),
)  # fmt: skip


def image_of(spec) -> tuple[int, ...]:
    return tuple(spec.get("image", [1, 1, spec.get("sizes", [0])[0]]))


def torchs_count(network, image) -> int:
    """FLOPs of one image by torch's counter, two to a multiply-add."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, *image))
    return counter.get_total_flops() // 2


def by_loops(network, image) -> int:
    """Every product of a non-zero weight at every output position, one by one."""
    total, x = 0, torch.zeros(1, *image)
    for layer in network.children():
        x = layer(x)
        if isinstance(layer, nn.Linear | nn.Conv2d):
            positions = product(*(range(n) for n in x.shape[2:]))
            total += sum(1 for _ in positions for w in layer.weight.flatten().tolist() if w != 0)
    return total


def thinned(spec, share: float) -> nn.Module:
    network = architectures.build(spec, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(torch.rand(parameter.shape, generator=generator) < share)
    return network


@given(specs)
@settings(max_examples=30)
def test_multiply_adds_of_dense_networks_are_those_of_torchs_counter(spec):
    network, image = architectures.build(spec, seed=0), image_of(spec)
    assert multiply_adds(network, image) == torchs_count(network, image)
    assert weight_count(spec) == sum(w.numel() for w in split(network)[0].values())


def test_multiply_adds_by_hand():
    assert multiply_adds(architectures.build(MLP, seed=0), (1, 2, 3)) == 6 * 4 + 4 * 3
    convolutions = 8 * 8 * 3 * (2 * 9) + 4 * 4 * 5 * (3 * 9)
    dense = 5 * 2 * 2 * 7 + 7 * 4
    assert multiply_adds(architectures.build(CONVNET, seed=0), (2, 8, 8)) == convolutions + dense


@pytest.mark.parametrize("spec", [MLP, CONVNET], ids=["mlp", "convnet"])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_zero_weights_are_skipped(spec, share):
    network = thinned(spec, share)
    assert multiply_adds(network, image_of(spec)) == by_loops(network, image_of(spec))


def mlp_with(*weights) -> nn.Module:
    """An MLP with the given matrices, (out, in) each."""
    widths = [len(weights[0][0]), *map(len, weights)]
    network = architectures.build({"name": "mlp", "sizes": widths}, seed=0)
    with torch.no_grad():
        for layer, matrix in zip([m for m in network if isinstance(m, nn.Linear)], weights,
                                 strict=True):  # fmt: skip
            layer.weight.copy_(torch.tensor(matrix))
    return network


CONNECTIONS = {
    "all connected": (([[1.0, 1], [1, 1]], [[1.0, 1]]), (0, 2, False)),
    "never entered": (([[0.0, 0], [1, 1]], [[1.0, 1]]), (1, 2, False)),
    "never left": (([[1.0, 1], [1, 1]], [[0.0, 1]]), (1, 2, False)),
    "neither": (([[0.0, 0], [1, 1]], [[0.0, 1]]), (1, 2, False)),
    "an input that nothing reads": (([[0.0, 1], [0, 1]], [[1.0, 1]]), (0, 1, False)),
    "negative weights count": (([[-1.0, 0], [0, -1]], [[-1.0, -1]]), (0, 2, False)),
    "nothing left in a layer": (([[1.0, 1], [1, 1]], [[0.0, 0]]), (2, 2, True)),
    "two hidden layers": (([[1.0]], [[1.0], [0]], [[1.0, 1]]), (1, 1, False)),
}


@pytest.mark.parametrize(("weights", "expected"), CONNECTIONS.values(), ids=CONNECTIONS)
def test_dead_units_connected_inputs_and_collapse_of_networks_made_by_hand(weights, expected):
    found = connectivity(mlp_with(*weights))
    assert (found["dead_units"], found["connected_inputs"], found["collapsed"]) == expected


def test_a_channel_is_dead_when_no_pixel_of_its_flattened_map_is_read():
    spec = {**CONVNET, "channels": [3], "hidden": []}
    network = architectures.build(spec, seed=0)
    convolution, dense = network[0], network[-1]
    assert connectivity(network)["dead_units"] == 0
    with torch.no_grad():
        dense.weight[:, 16:32] = 0  # the second of three maps of 4 x 4
        assert connectivity(network)["dead_units"] == 1
        dense.weight[2, 20] = 1.0
        assert connectivity(network)["dead_units"] == 0
        convolution.weight[:, 1] = 0  # the second colour
    assert connectivity(network) == {
        "dead_units": 0, "connected_inputs": 1, "collapsed": False}  # fmt: skip


def test_giving_a_dead_unit_without_bias_another_weight_on_its_open_side_changes_nothing():
    network = thinned({"name": "mlp", "sizes": [5, 9, 3]}, 0.15)
    first, last = network[1], network[3]
    entered, left = first.weight.any(1), last.weight.any(0)
    assert connectivity(network)["dead_units"] == int((~(entered & left)).sum()) > 0
    images = torch.randn(20, 1, 1, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = network(images)
        last.weight[:, ~entered] = 7.0
        first.weight[~left] = 7.0
        first.weight[~entered] = 0.0
        last.weight[:, ~left & entered] = 0.0
        assert torch.equal(network(images), before)


@pytest.mark.parametrize("spec", [MLP, CONVNET], ids=["mlp", "convnet"])
def test_every_size_of_a_stored_network_is_what_its_file_and_its_tensors_say(tmp_path, spec):
    network = thinned(spec, 0.4)
    weights, biases = split(network)
    # One kept weight is zero: it is stored, and it does nothing.
    masks = {name: weight != 0 for name, weight in weights.items()}
    first = next(iter(masks.values())).view(-1)
    first[(~first).nonzero()[0]] = True
    stored = of_sparse(network, spec, masks, budget=0.4)
    checkpoint.write(stored, tmp_path / "x.brain")
    counted = count(stored, image_of(spec))
    assert counted["checkpoint_bytes"] == (tmp_path / "x.brain").stat().st_size
    nonzero = sum(int((weight != 0).sum()) for weight in weights.values())
    assert (counted["weights"], counted["nonzero_weights"]) == (nonzero + 1, nonzero)
    assert counted["biases"] == sum(math.prod(bias.shape) for bias in biases.values())
    assert counted["multiply_adds"] == by_loops(network, image_of(spec))
