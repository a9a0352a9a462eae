"""What Han 2015 adds to ranking by magnitude: thresholds by layer, dropout, dead units."""

import pytest
import torch
from helpers.pruning import swept
from helpers.tiny import tiny_task
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from brainside.methods import han2015magnitude as han
from brainside.methods.shared.pruning import without_dead
from brainside.networks import architectures
from brainside.networks.counts import connectivity
from brainside.networks.parameters import split
from brainside.representations.plain import masks_of

DEEP = {"name": "mlp", "sizes": [16, 12, 8, 3]}


def lenet5(seed: int, density: float) -> tuple[nn.Module, dict[str, torch.Tensor]]:
    """LeNet-5 with random masks, and biases that are not zero."""
    network = architectures.build({"name": "lenet5"}, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    masks = {}
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if parameter.dim() > 1:
                masks[name] = torch.rand(parameter.shape, generator=generator) < density
                parameter *= masks[name]
            else:
                parameter += 0.1
    return network, masks


def test_one_quality_decides_in_every_layer_by_its_own_spread(quiet):
    task = tiny_task(DEEP)
    (stored,) = swept(han.sweep, task, quiet, [1 / 4], ranking="threshold", epochs=0)
    (whole,) = swept(han.sweep, task, quiet, [1.0], ranking="global", epochs=0)
    weights, masks = split(whole.network())[0], masks_of(stored)
    assert sum(int(m.sum()) for m in masks.values()) == task.stored_weights(1 / 4)
    in_spreads = {n: w.abs() / w.square().mean().sqrt() for n, w in weights.items()}
    kept = torch.cat([in_spreads[n][masks[n]] for n in masks])
    gone = torch.cat([in_spreads[n][~masks[n]] for n in masks])
    assert kept.min() >= gone.max()


@given(st.integers(0, 10**6), st.floats(0.02, 0.3))
def test_after_removal_no_unit_is_half_dead_and_what_the_rest_computes_is_the_same(seed, density):
    generator = torch.Generator().manual_seed(seed)
    network = architectures.build(DEEP, seed=seed)
    weights = split(network)[0]
    masks = {n: torch.rand(w.shape, generator=generator) < density for n, w in weights.items()}
    cleaned = without_dead(masks)
    assert all(bool((masks[n] | ~cleaned[n]).all()) for n in masks)
    once_more = without_dead(cleaned)
    assert all(torch.equal(once_more[n], cleaned[n]) for n in masks)
    layers = list(cleaned.values())
    for entering, leaving in zip(layers, layers[1:], strict=False):
        assert torch.equal(entering.any(1), leaving.any(0))
    images = torch.randn(9, 1, 4, 4, generator=generator)
    outputs = []
    for each in (masks, cleaned):
        with torch.no_grad():  # biases are zero, so a unit without inputs says nothing
            for name, parameter in network.named_parameters():
                if name in each:
                    parameter.copy_(weights[name] * each[name])
            outputs.append(network(images))
    torch.testing.assert_close(*outputs)


def slimmed(network: nn.Module) -> nn.Sequential:
    """LeNet-5 without its dead channels and units; what they say for ever goes into biases."""
    convs = [m for m in network if isinstance(m, nn.Conv2d)]
    linears = [m for m in network if isinstance(m, nn.Linear)]
    layers, constants = [*convs, *linears], torch.zeros(1)
    kept_in, built = torch.tensor([True]), []
    for place, layer in enumerate(layers):
        weight, bias = layer.weight.data, layer.bias.data.clone()
        if place == 2:  # a channel becomes 4×4 inputs
            kept_in, constants = kept_in.repeat_interleave(16), constants.repeat_interleave(16)
        bias += (weight.flatten(2).sum(2) if weight.dim() > 2 else weight) @ (constants * ~kept_in)
        entered = weight[:, kept_in].flatten(1).any(1)
        last = place == len(layers) - 1
        kept = torch.ones_like(entered) if last else entered
        small = weight[kept][:, kept_in]
        built.append((small, bias[kept]))
        constants = bias.clamp(min=0) if place == 2 else bias
        kept_in = kept
    slim = []
    for module in network:
        if isinstance(module, nn.Conv2d | nn.Linear):
            weight, bias = built.pop(0)
            new = (nn.Conv2d(weight.shape[1], weight.shape[0], 5) if weight.dim() > 2
                   else nn.Linear(weight.shape[1], weight.shape[0]))  # fmt: skip
            new.weight.data, new.bias.data = weight, bias
            module = new
        slim.append(module)
    return nn.Sequential(*slim)


@pytest.mark.parametrize("density", [0.5, 0.05, 0.02])
def test_a_masked_lenet5_computes_what_the_physically_smaller_one_does(density):
    network, _ = lenet5(1, density)
    slim = slimmed(network)
    sizes = [p.shape[0] for p in slim.parameters()]
    assert density > 0.1 or sizes < [p.shape[0] for p in network.parameters()]
    images = torch.randn(20, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(network(images), slim(images), rtol=1e-5, atol=1e-6)


def test_dead_channels_of_lenet5_are_counted_and_removed():
    network, masks = lenet5(1, 0.004)
    found = connectivity(network)
    assert found["dead_units"] > 0
    cleaned = without_dead(masks)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in cleaned:
                parameter *= cleaned[name]
    assert connectivity(network)["dead_units"] >= found["dead_units"]
    assert sum(int(m.sum()) for m in cleaned.values()) < sum(int(m.sum()) for m in masks.values())


def test_a_budget_that_empties_a_layer_is_measured_and_marked(quiet):
    task = tiny_task(DEEP)
    (stored,) = swept(han.sweep, task, quiet, [2 / task.reference_weights], epochs=1)
    found = connectivity(stored.network())
    assert found["collapsed"] and stored.network()(task.data.test.images).isfinite().all()
