"""SNIP, GraSP and SynFlow: scores by brute force, exact budgets, and training from the start."""

from itertools import pairwise

import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.tiny import recipe, tiny_split, tiny_task
from torch import nn

from brainside.base.errors import Refused
from brainside.data.datasets import Split
from brainside.methods import lee2019snip as snip
from brainside.methods import reference
from brainside.methods import tanaka2020synflow as synflow
from brainside.methods import wang2020grasp as grasp
from brainside.methods.shared.dense import initial
from brainside.methods.shared.initial_pruning import double_copy
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.plain import masks_of
from brainside.training import resume
from brainside.training.evaluation import loss_of

BUDGETS = [1 / 2, 1 / 4, 1 / 8]
TANH = {"name": "mlp", "sizes": [16, 5, 3], "activation": "tanh"}
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [3], "kernel": 3, "hidden": [5],
        "classes": 3}  # fmt: skip
SLIM = {"name": "slimnet", "image": [1, 4, 4], "widths": [4, 6], "pool_after": [0], "classes": 3}
METHODS = {
    "snip": (snip.sweep, {"images": 30}),
    "grasp": (grasp.sweep, {"images": 30, "temperature": 200}),
    "synflow": (synflow.sweep, {"rounds": 10}),
}
methods = pytest.mark.parametrize(("method", "params"), METHODS.values(), ids=METHODS)
losses = pytest.mark.parametrize("loss", ["cross-entropy", "mse"])


def swept(method, params, progress, task=None, budgets=BUDGETS, **changes):
    chosen = recipe(**{"epochs": 1, **params, **changes})
    return tiny.run(method, task or tiny_task(), progress, budgets, chosen)


def network(spec) -> nn.Sequential:
    """A network in double precision with biases that are not zero."""
    built = build(spec, seed=1).double()
    for name, parameter in built.named_parameters():
        if name.endswith("bias"):
            parameter.data.normal_(0, 0.1, generator=torch.Generator().manual_seed(0))
    return built


def images() -> Split:
    drawn = tiny_split(12, seed=0)
    return Split(drawn.images.double(), drawn.labels)


@losses
def test_snip_is_the_derivative_of_the_loss_by_an_indicator_of_each_weight(loss):
    net, batch = network(TANH), images()
    found = snip.sensitivities(net, batch, loss)["3.weight"]
    weight = net[3].weight.data
    for place in [(0, 0), (1, 3), (2, 4)]:
        original, values = float(weight[place]), []
        for indicator in (1 + 1e-5, 1 - 1e-5):
            weight[place] = indicator * original
            values.append(loss_of(loss)(net(batch.images), batch.labels).item())
        weight[place] = original
        slope = (values[0] - values[1]) / 2e-5
        assert float(found[place]) == pytest.approx(abs(slope), rel=1e-6)


def squared_gradient(net, batch, loss, temperature) -> float:
    value = loss_of(loss)(net(batch.images) / temperature, batch.labels)
    weights = [p for p in net.parameters() if p.dim() > 1]
    return float(sum(g.square().sum() for g in torch.autograd.grad(value, weights)))


@losses
@pytest.mark.parametrize("temperature", [1.0, 5.0])
def test_grasp_is_half_the_change_of_the_squared_gradient_as_a_weight_is_removed(loss, temperature):
    net, batch = network(TANH), images()
    found = grasp.flow_changes(net, batch, loss, temperature)["1.weight"]
    weight = net[1].weight.data
    for place in [(0, 0), (1, 7), (4, 15)]:
        original, norms = float(weight[place]), []
        for part in (1e-5, -1e-5):  # of the weight, taken away
            weight[place] = (1 - part) * original
            norms.append(squared_gradient(net, batch, loss, temperature))
        weight[place] = original
        slope = (norms[0] - norms[1]) / 2e-5
        assert float(found[place]) == pytest.approx(slope / 2, rel=1e-4, abs=1e-12)


def test_grasp_keeps_the_weights_without_which_the_gradient_would_shrink_most(quiet):
    task = tiny_task(TANH, n=30)
    (stored,) = swept(grasp.sweep, {"images": 30, "temperature": 1}, quiet, task, [1 / 2])
    net = double_copy(initial(task.network, 3), "cpu")
    train = task.data.train  # all of it is drawn
    changes = grasp.flow_changes(net, train, "cross-entropy", 1.0)
    masks = masks_of(stored)
    kept = torch.cat([changes[n][masks[n]] for n in masks])
    gone = torch.cat([changes[n][~masks[n]] for n in masks])
    assert kept.max() <= gone.min() and kept.min() < 0


def everything(net):
    return {name: torch.ones_like(w, dtype=torch.bool) for name, w in split(net)[0].items()}


def test_synflow_sums_the_paths_through_each_weight():
    net = double_copy(build({"name": "mlp", "sizes": [4, 3, 2]}, seed=1), "cpu")
    masks = everything(net)
    masks["1.weight"][1, 2] = False
    found = synflow.flows(net, masks, (1, 2, 2))
    first, second = net[1].weight.data.abs() * masks["1.weight"], net[3].weight.data.abs()
    for i in range(4):
        for j in range(3):
            paths = sum(float(first[j, i] * second[o, j]) for o in range(2))
            assert float(found["1.weight"][j, i]) == pytest.approx(paths)
    for o in range(2):
        for j in range(3):
            paths = sum(float(first[j, i] * second[o, j]) for i in range(4))
            assert float(found["3.weight"][o, j]) == pytest.approx(paths)


@pytest.mark.parametrize("spec", [{"name": "mlp", "sizes": [16, 9, 7, 3]}, CONV, SLIM],
                         ids=["mlp", "convnet", "slimnet"])  # fmt: skip
def test_synflow_is_conserved_from_layer_to_layer(spec):
    net = double_copy(build(spec, seed=1), "cpu")
    masks = {n: torch.rand(m.shape) < 0.7 for n, m in everything(net).items()}
    sums = [float(flow.sum()) for flow in synflow.flows(net, masks, (1, 4, 4)).values()]
    assert sums == pytest.approx([sums[0]] * len(sums)) and sums[0] > 0


def test_synflow_leaves_weights_in_each_layer_where_a_path_fits(quiet):
    task = tiny_task({"name": "mlp", "sizes": [16, 40, 40, 3]})
    kept = 4 / task.reference_weights
    (stored,) = swept(synflow.sweep, {"rounds": 100}, quiet, task, [kept])
    assert all(len(weight) for weight in stored.weights.values())


def test_the_law_of_synflow_falls_by_the_same_factor_in_each_round():
    left = [synflow.left_after(k / 4, 10_000, 16) for k in range(5)]
    assert left == [10_000, 2000, 400, 80, 16]


def test_rounds_only_remove_and_one_round_is_one_shot(quiet):
    one, many = (swept(synflow.sweep, {"rounds": r}, quiet.at(str(r)), budgets=[1 / 8], epochs=0)[0]
                 for r in (1, 30))  # fmt: skip
    net = double_copy(initial(tiny_task().network, 3), "cpu")
    scores = synflow.flows(net, everything(net), (1, 4, 4))
    kept = torch.cat([scores[n][m] for n, m in masks_of(one).items()])
    gone = torch.cat([scores[n][~m] for n, m in masks_of(one).items()])
    assert kept.min() >= gone.max()
    assert any(not torch.equal(m, masks_of(many)[n]) for n, m in masks_of(one).items())


@methods
@pytest.mark.parametrize("spec", [None, CONV, SLIM], ids=["mlp", "convnet", "slimnet"])
def test_budgets_are_exact_and_removed_weights_zero(quiet, method, params, spec):
    task = tiny_task(spec)
    for stored in swept(method, params, quiet, task):
        masks, weights = masks_of(stored), split(stored.network())[0]
        assert sum(int(m.sum()) for m in masks.values()) == task.stored_weights(stored.budget)
        assert all(bool((weights[n][~masks[n]] == 0).all()) for n in masks)
        assert stored.columns["epochs_total"] == 1


@methods
def test_training_begins_with_the_references_initial_weights(quiet, method, params):
    (untrained,) = tiny.run(reference.sweep, tiny_task(), quiet, [1.0], recipe(epochs=0))
    first = split(untrained.network())[0]
    for stored in swept(method, params, quiet, epochs=0):
        masks, weights = masks_of(stored), split(stored.network())[0]
        assert all(torch.equal(weights[n], first[n] * masks[n]) for n in masks)


@methods
def test_a_smaller_one_shot_network_is_within_a_larger_one(quiet, method, params):
    one_shot = {**params, "rounds": 1} if "rounds" in params else params
    stored = [masks_of(each) for each in swept(method, one_shot, quiet, epochs=0)]
    for larger, smaller in pairwise(stored):
        assert all(bool((smaller[n] <= larger[n]).all()) for n in larger)


@methods
def test_the_same_run_gives_the_same_bytes(quiet, method, params):
    once, twice = (swept(method, params, elsewhere(quiet, at)) for at in "ab")
    assert [checkpoint.encode(each) for each in once] == [checkpoint.encode(e) for e in twice]


@methods
def test_a_training_that_was_killed_ends_in_the_same_bytes(quiet, monkeypatch, method, params):
    args = {"budgets": [1 / 4], "epochs": 4}
    (whole,) = swept(method, params, elsewhere(quiet, "whole"), **args)
    monkeypatch.setattr(resume, "SAVE_EVERY", 0.0)
    with pytest.raises(Killed):
        swept(method, params, dying(quiet, 3), **args)
    rest = dying(quiet, 0)
    (again,) = swept(method, params, rest, **args)
    assert len(rest.told) == 2  # epochs; two had been saved
    assert checkpoint.encode(whole) == checkpoint.encode(again)


@methods
def test_dropout_draws_nothing_into_the_masks(quiet, method, params):
    noisy = tiny_task({"name": "mlp", "sizes": [16, 8, 3], "dropout": 0.5})
    (plain,) = swept(method, params, quiet, budgets=[1 / 4], epochs=0)
    (dropped,) = swept(method, params, quiet, noisy, budgets=[1 / 4], epochs=0)
    pairs = zip(masks_of(plain).values(), masks_of(dropped).values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


PADDED = {"name": "lenet1", "background": -1.0}
WRONG = {
    "too many images": (snip.sweep, {"images": 61}, None, "images 61: tiny/mlp8 has 60"),
    "no softmax": (grasp.sweep, {"images": 9, "temperature": 2, "loss": "mse"}, None,
                   "temperature 2 is for the cross-entropy; with mse write 1"),
    "bends": (synflow.sweep, {"rounds": 2}, TANH, "layer 2 is a Tanh"),
    "a plane around": (synflow.sweep, {"rounds": 2}, PADDED, "layer 0 is a ConstantPad2d"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_in_one_line_before_any_training(quiet, trainings, wrong):
    method, params, spec, message = WRONG[wrong]
    with pytest.raises(Refused, match=message) as refusal:
        swept(method, params, quiet, tiny_task(spec))
    assert not trainings and "\n" not in str(refusal.value)


def test_a_network_inside_of_a_network_has_no_conserved_flow():
    nested = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 2), nn.ReLU()))
    with pytest.raises(Refused, match="layer 1 is a Sequential"):
        synflow.conserving(nested)
