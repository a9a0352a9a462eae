"""Training with quantised weights: few levels, the straight-through gradient, what is stored."""

import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.pruning import swept, trained_reference
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.methods import courbariaux2015qat as qat
from brainside.methods import han2015magnitude
from brainside.methods.contract import Start
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.plain import of_dense
from brainside.training import resume
from brainside.training.evaluation import evaluate

MLP = {"name": "mlp", "sizes": [16, 8, 3]}
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [8], "kernel": 3, "hidden": [],
        "classes": 3}  # fmt: skip
LENET1 = {"name": "lenet1", "background": -1.0}
all_bits = pytest.mark.parametrize("bits", [1, 2, 3, 4])


def run(progress, spec=MLP, *, start=None, budgets=(1.0,), **changes):
    task = tiny_task(spec)
    start = start or trained_reference(task, progress.at("reference"))
    chosen = recipe(**{"epochs": 2, "bits": 2, "learning_rate": 0.01, **changes})
    return start, tiny.run(qat.sweep, task, progress, budgets, chosen, start=Start(start))


@all_bits
def test_levels_are_even_symmetric_and_the_nearest(bits):
    weight = torch.linspace(-3, 3, 1001)
    levels = qat.quantised(weight, 2.0, bits).unique()
    expected = torch.linspace(-2, 2, 2**bits)
    torch.testing.assert_close(levels, expected)
    nearest = (weight[:, None] - expected).abs().min(1).values
    torch.testing.assert_close((qat.quantised(weight, 2.0, bits) - weight).abs(), nearest)


def test_one_bit_is_the_sign_times_the_mean_size():
    weight = torch.randn(40, generator=torch.Generator().manual_seed(0))
    largest = qat.nearest_range(weight, 1)
    assert largest == pytest.approx(float(weight.abs().mean()))
    torch.testing.assert_close(qat.quantised(weight, largest, 1), weight.sign() * largest)


@all_bits
def test_the_range_is_the_nearest_of_many(bits):
    weight = torch.randn(500, generator=torch.Generator().manual_seed(1))

    def error(largest):
        return float((qat.quantised(weight, largest, bits) - weight).square().sum())

    least = min(error(float(r)) for r in torch.linspace(0.05, 4, 2000))
    assert error(qat.nearest_range(weight, bits)) <= least * 1.02


def test_the_gradient_passes_as_if_nothing_were_quantised():
    weight = torch.randn(4, 3, requires_grad=True)
    value = qat.straight_through(1.0, 2)(weight)
    assert value.detach().equal(qat.quantised(weight.detach(), 1.0, 2))
    (value * torch.arange(12.0).view(4, 3)).sum().backward()
    assert weight.grad.equal(torch.arange(12.0).view(4, 3))


@all_bits
@pytest.mark.parametrize("spec", [MLP, CONV], ids=["mlp", "convnet"])
def test_all_weights_are_stored_with_few_values_per_layer(quiet, spec, bits):
    task = tiny_task(spec)
    start, (stored,) = run(quiet, spec, bits=bits)
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=1.0)
    assert sum(w.numel() for w in decoded.weights.values()) == task.reference_weights
    for name, weight in decoded.weights.items():
        assert 1 < len(weight.unique()) <= 2**bits
        assert weight.unique().abs().max() == pytest.approx(
            qat.nearest_range(start.weights[name], bits)
        )
    assert stored.columns["epochs_total"] == 4
    found = evaluate(decoded.network(), task.data.valid, "cross-entropy")
    assert found.loss < 1.1  # than that of chance, log 3


def test_without_training_the_start_is_rounded_and_biases_stay(quiet):
    start, (stored,) = run(quiet, epochs=0, bits=3)
    for name, weight in start.weights.items():
        largest = qat.nearest_range(weight, 3)
        assert stored.weights[name].equal(qat.quantised(weight, largest, 3))
    assert all(torch.equal(stored.biases[name], bias) for name, bias in start.biases.items())


def test_a_network_computes_with_quantised_weights_and_its_real_ones_are_clipped():
    network, images = build(MLP, seed=1), tiny_task().data.test.images
    real = {name: w.clone() for name, w in split(network)[0].items()}
    ranges = qat.quantise(network, 2)
    by_hand = build(MLP, seed=1)
    for name, weight in real.items():
        by_hand.get_parameter(name).data = qat.quantised(weight, ranges[name], 2)
    torch.testing.assert_close(network(images), by_hand(images))
    qat.clip(network, ranges)
    for name, free in split(network)[0].items():
        name = name.replace("free", "weight")
        assert free.equal(real[name].clamp(-ranges[name], ranges[name]))
    torch.testing.assert_close(network(images), by_hand(images))


def test_training_is_better_than_rounding(quiet):
    start, (trained,) = run(quiet, bits=1, epochs=8)
    _, (rounded,) = run(quiet, start=start, bits=1, epochs=0)
    train = tiny_task().data.train
    losses = [evaluate(each.network(), train, "cross-entropy").loss for each in (trained, rounded)]
    assert losses[0] < losses[1]


def test_a_layer_of_zeros_stays_one():
    weight = torch.zeros(3, 3)
    for bits in (1, 2):
        assert qat.quantised(weight, qat.nearest_range(weight, bits), bits).abs().max() < 1e-29


def test_the_same_run_gives_the_same_bytes(quiet):
    start, once = run(elsewhere(quiet, "a"))
    _, twice = run(elsewhere(quiet, "b"), start=start)
    assert checkpoint.encode(once[0]) == checkpoint.encode(twice[0])


def test_a_training_that_was_killed_ends_in_the_same_bytes(quiet, monkeypatch):
    start, (whole,) = run(elsewhere(quiet, "whole"), epochs=4)
    monkeypatch.setattr(resume, "SAVE_EVERY", 0.0)
    with pytest.raises(Killed):
        run(dying(quiet, 3), start=start, epochs=4)
    rest = dying(quiet, 0)
    _, (again,) = run(rest, start=start, epochs=4)
    assert len(rest.told) == 2  # epochs; two had been saved
    assert checkpoint.encode(whole) == checkpoint.encode(again)


WRONG = {
    "a budget": (MLP, {"budgets": [1 / 2]}, "stores every weight; its only budget is 1, not 0.5"),
    "many bits": (MLP, {"bits": 9}, "bits 9: quantised training has at most 8"),
    "partial maps": (LENET1, {}, "layer 6 is a PartialConv2d"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_in_one_line_before_any_training(quiet, trainings, wrong):
    spec, changes, message = WRONG[wrong]
    start = of_dense(build(spec, seed=1), spec, budget=1.0, epochs_total=0)
    with pytest.raises(Refused, match=message) as refusal:
        run(quiet, spec, start=start, **changes)
    assert not trainings and "\n" not in str(refusal.value)


def test_a_pruned_start_is_refused(quiet):
    """Its zeros would be rounded up to the smallest level."""
    (pruned,) = swept(han2015magnitude.sweep, tiny_task(MLP), quiet, [1 / 2])
    with pytest.raises(Refused, match="quantised training starts from a dense network"):
        run(quiet, start=pruned)
