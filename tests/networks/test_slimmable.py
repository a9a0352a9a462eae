"""Slimmable networks: views equal extracted networks, and counts are other counters'."""

import itertools

import pytest
import torch
from helpers.slimmable import PLAIN, REAL, SPECS, WIDTHS, task
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from brainside.base.errors import Refused
from brainside.networks import architectures, slimmable
from brainside.networks.allowance import target
from brainside.networks.weights import weight_count
from brainside.networks.widths import narrowest


def with_weights(network) -> list[nn.Module]:
    return [layer for layer in network if isinstance(layer, nn.Conv2d | nn.Linear)]


def widths_of(network) -> list[int]:
    """Outputs of all layers but the last; a depthwise one has as many as the layer before."""
    alone = [getattr(layer, "groups", 1) > 1 for layer in with_weights(network)[:-1]]
    outputs = [len(layer.weight) for layer in with_weights(network)[:-1]]
    assert all(outputs[n] == outputs[n - 1] for n, depthwise in enumerate(alone) if depthwise)
    return [width for width, depthwise in zip(outputs, alone, strict=True) if not depthwise]


@SPECS
def test_a_view_computes_what_the_extracted_network_does(spec):
    network = architectures.build(spec, seed=1).eval()
    images = task(spec).data.train.images
    statistics = slimmable.recalibrated(network, images, WIDTHS)
    small = slimmable.extracted(network, spec, slimmable.first(WIDTHS), statistics).eval()
    with torch.no_grad():
        viewed = slimmable.forward_at(network, images, WIDTHS, statistics)
        torch.testing.assert_close(viewed, small(images), rtol=1e-5, atol=1e-5)
        # With the batch's own statistics it is the same on that batch (but for n − 1).
        torch.testing.assert_close(slimmable.forward_at(network, images, WIDTHS), viewed,
                                   rtol=0.01, atol=0.01)  # fmt: skip
    assert widths_of(small) == WIDTHS


@SPECS
@torch.no_grad()
def test_to_extract_channels_is_to_silence_the_others(spec):
    network, images = architectures.build(spec, seed=1).eval(), task(spec).data.train.images
    for parameter in network.parameters():
        if parameter.dim() == 1:
            parameter.uniform_(0.1, 1)
    kept = [torch.tensor(each) for each in ([0, 3, 4, 11], [2, 5], [1, 7, 8, 20, 23])]
    small = slimmable.extracted(network, spec, kept).eval()
    left, alive = iter(kept), None
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear) and getattr(layer, "groups", 1) == 1:
            alive = next(left, None)
        if alive is not None and hasattr(layer, "weight"):
            silent = torch.ones(len(layer.weight), dtype=torch.bool)
            silent[alive] = False
            layer.weight[silent], layer.bias[silent] = 0, 0
    torch.testing.assert_close(small(images), network(images), rtol=1e-5, atol=1e-5)


@SPECS
def test_widths_are_views_and_get_gradients_in_their_first_channels_only(spec):
    network = architectures.build(spec, seed=1)
    images = task(spec).data.train.images
    slimmable.forward_at(network, images, WIDTHS).square().sum().backward()
    first = network[0].weight.grad.flatten(1).abs().sum(1)
    assert bool((first[: WIDTHS[0]] > 0).all()) and bool((first[WIDTHS[0] :] == 0).all())
    assert network[-1].weight.grad[:, WIDTHS[-1] :].abs().sum() == 0


def by_hooks(network, image) -> int:
    """Products of an image, from each layer's settings and the shape of what it puts out."""
    total = 0

    def count(layer, _, output):
        nonlocal total
        if isinstance(layer, nn.Linear):
            total += layer.in_features * layer.out_features
        elif isinstance(layer, nn.Conv2d):
            reads = layer.in_channels // layer.groups * layer.kernel_size[0] * layer.kernel_size[1]
            total += reads * output[0].numel()

    for layer in network.modules():
        layer.register_forward_hook(count)
    with torch.no_grad():
        network(torch.zeros(1, *image))
    return total


@SPECS
@pytest.mark.parametrize("widths", [[12, 12, 24], WIDTHS, [2, 2, 4]])
def test_multiply_adds_are_those_of_other_counters(spec, widths):
    network = architectures.build(spec, seed=0)
    small = slimmable.extracted(network, spec, slimmable.first(widths)).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        small(torch.zeros(1, *spec["image"]))
    found = slimmable.cost(spec, widths)
    assert found == by_hooks(small, spec["image"]) == counter.get_total_flops() // 2


@pytest.mark.parametrize("spec", REAL.values(), ids=REAL)
@pytest.mark.parametrize("part", [1, 2, 5])
def test_multiply_adds_of_the_real_networks_are_those_of_other_counters(spec, part):
    widths = [width // part - (part > 1) * place for place, width in enumerate(spec["widths"])]
    small = architectures.build({**spec, "widths": widths}, seed=0).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        small(torch.zeros(1, *spec["image"]))
    found = slimmable.cost(spec, widths)
    assert found == by_hooks(small, spec["image"]) == counter.get_total_flops() // 2


@SPECS
def test_what_is_filled_has_no_room_for_a_channel(spec):
    allowed = slimmable.cost(spec, spec["widths"]) // 3
    order = [place for _ in range(24) for place in (2, 0, 1)]
    found = slimmable.filled(spec, [2, 2, 4], allowed, order)
    assert slimmable.cost(spec, found) <= allowed
    for place, (width, whole) in enumerate(zip(found, spec["widths"], strict=True)):
        more = [w + (n == place) for n, w in enumerate(found)]
        assert width == whole or slimmable.cost(spec, more) > allowed


def test_channels_are_added_in_the_order_asked_for_and_never_beyond_the_widest():
    assert slimmable.filled(PLAIN, [2, 2, 4], 10**9, [0, 0, 2]) == [4, 2, 5]
    assert slimmable.filled(PLAIN, [2, 2, 4], 10**9, [1] * 50) == [2, 12, 4]
    one = slimmable.cost(PLAIN, [2, 3, 4])
    assert slimmable.filled(PLAIN, [2, 2, 4], one, itertools.repeat(1, 9)) == [2, 3, 4]


def test_lenet5_has_the_weights_and_multiply_adds_that_it_is_known_for():
    spec = {"name": "lenet5", "image": [1, 28, 28], "widths": [20, 50, 500]}
    assert weight_count(spec) == weight_count({"name": "lenet5"}) == 430_500
    by_hand = 20 * 25 * 24**2 + 50 * 20 * 25 * 8**2 + 800 * 500 + 500 * 10
    assert slimmable.cost(spec, spec["widths"]) == by_hand


def test_a_layer_has_twelve_groups_and_keeps_two_also_where_twelve_does_not_divide_it():
    widths, path = [20, 50], [[20, 50]]
    while options := list(slimmable.thinner(path[-1], widths)):
        path.append(options[0])
    first = [20, 18, 16, 15, 13, 11, 10, 8, 6, 5, 3]
    assert [each[0] for each in path[: len(first)]] == first
    assert path[-1] == narrowest(widths) == [3, 8] and len(path) == 1 + 2 * 10


def test_a_network_without_widths_is_refused():
    with pytest.raises(Refused, match="network mlp has no `widths`"):
        target({"name": "mlp", "sizes": [4, 3]}, 0.5)
