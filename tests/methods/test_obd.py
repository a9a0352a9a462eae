"""Optimal Brain Damage on networks small enough to know the answer."""

from dataclasses import replace
from itertools import combinations

import pytest
import torch
from helpers import tiny
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.methods import lecun1990obd, reference
from brainside.methods.contract import Start
from brainside.methods.shared.saliencies import saliencies
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations.plain import masks_of
from brainside.training.evaluation import evaluate


def run(task, budgets, quiet, **changes):
    first = quiet.at("reference")
    (start,) = tiny.run(reference.sweep, task, first, [1.0], recipe(epochs=8), seed=1)
    chosen = recipe(**{"iterative": True, "ranking": "global", "curvature": "full", **changes})
    return start, tiny.run(
        lecun1990obd.sweep, task, quiet, budgets, chosen, seed=1, start=Start(start)
    )


def test_the_predicted_increase_is_the_actual_one_where_the_loss_is_quadratic(quiet):
    """Of one weight deleted in a linear network with squared error, at the gradient's zero."""
    task = tiny_task({"name": "mlp", "sizes": [16, 3]})
    images, labels = task.data.train.images.flatten(1).double(), task.data.train.labels
    design = torch.cat([images, torch.ones(len(images), 1)], 1)
    best = torch.linalg.lstsq(design, torch.eye(3)[labels].double()).solution.float()
    network = build(task.network)
    network.load_state_dict({"1.weight": best[:16].T.contiguous(), "1.bias": best[16]})
    saliency = saliencies(
        network, task, recipe(loss="mse", curvature="full"), seed=0)["1.weight"]  # fmt: skip
    before = evaluate(network, task.data.train, "mse").loss
    for place in [(0, 0), (1, 7), (2, 15)]:
        kept = network[1].weight.data[place].clone()
        network[1].weight.data[place] = 0
        rise = evaluate(network, task.data.train, "mse").loss - before
        network[1].weight.data[place] = kept
        assert float(saliency[place]) == pytest.approx(rise, rel=2e-3, abs=2e-6)


def test_where_inputs_are_orthogonal_obd_deletes_the_best_of_all_subsets(quiet):
    """Then the Hessian is diagonal, and exhaustive search can do no better."""
    task = tiny_task({"name": "mlp", "sizes": [16, 1]})
    images = torch.linalg.qr(torch.randn(60, 16, generator=torch.Generator().manual_seed(0)))[0]
    images = images * torch.linspace(1, 9, 16)
    data = task.data
    train = data.train.__class__(images.view(60, 1, 4, 4), torch.zeros(60, dtype=torch.int64))
    task = task.__class__(
        task.name, data.__class__("x", train, train, train, "", 1), task.network, 16
    )
    network = build(task.network)
    best = torch.linalg.lstsq(images.double(), torch.ones(60, 1).double()).solution.float()
    network.load_state_dict({"1.weight": best.T.contiguous(), "1.bias": torch.zeros(1)})
    found = saliencies(network, task, recipe(loss="mse", curvature="full"), seed=0)
    chosen = set(found["1.weight"].flatten().argsort()[:3].tolist())

    def rise(subset) -> float:
        damaged = best.flatten().clone()
        damaged[list(subset)] = 0
        return float((images @ damaged - 1).square().mean())

    assert chosen == set(min(combinations(range(16), 3), key=rise))


def test_budgets_are_kept_exactly_and_masks_only_shrink(quiet):
    task = tiny_task()
    _, stored = run(task, [1 / 2, 1 / 4, 1 / 8], quiet)
    masks = [masks_of(each) for each in stored]
    for each, mask in zip(stored, masks, strict=True):
        kept = sum(int(m.sum()) for m in mask.values())
        assert kept == task.stored_weights(each.budget)
    for before, after in zip(masks, masks[1:], strict=False):
        assert all(bool((before[name] | ~after[name]).all()) for name in after)


def test_columns_tell_what_was_predicted_and_what_happened(quiet):
    task = tiny_task()
    start, (stored,) = run(task, [1 / 2], quiet, epochs=0)
    after = evaluate(stored.network(), task.data.train, "cross-entropy").loss
    before = evaluate(start.network(), task.data.train, "cross-entropy").loss
    assert stored.columns["actual_increase"] == pytest.approx(after - before, abs=1e-6)
    saliency = saliencies(
        start.network(), task, recipe(curvature="full"), seed=0)  # fmt: skip
    gone = {name: ~mask for name, mask in masks_of(stored).items()}
    predicted = sum(float(saliency[name][gone[name]].sum()) for name in gone)
    assert stored.columns["predicted_increase"] == pytest.approx(predicted, rel=1e-5)


def test_without_retraining_the_survivors_are_those_of_the_reference(quiet):
    task = tiny_task()
    start, (stored,) = run(task, [1 / 4], quiet, epochs=0)
    masks = masks_of(stored)
    for name, weight in split(stored.network())[0].items():
        assert torch.equal(weight, split(start.network())[0][name] * masks[name])
    assert stored.columns["epochs_total"] == 8


@pytest.mark.parametrize("form", ["levenberg-marquardt", "gauss-newton", "hutchinson"])
def test_the_curvature_is_a_choice_that_matters(form, quiet):
    task = tiny_task({"name": "mlp", "sizes": [16, 8, 3], "activation": "tanh"})
    full, other = (run(task, [1 / 4], quiet.at(each), epochs=0)[1][0] for each in ("a", "b"))
    assert full.columns == other.columns  # the same run twice
    _, (found,) = run(task, [1 / 4], quiet.at(form), epochs=0, curvature=form)
    assert found.columns["predicted_increase"] != full.columns["predicted_increase"]


def test_absolute_curvature_ranks_by_its_size(quiet):
    """Estimates below zero: the saliency is negative, or with `absolute` its amount."""
    task = tiny_task({"name": "mlp", "sizes": [16, 8, 3], "activation": "tanh"})
    network = build(task.network, seed=1)
    settings = {"curvature": "hutchinson", "loss": "cross-entropy"}
    signed = saliencies(network, task, settings, seed=2)
    sizes = saliencies(network, task, {**settings, "absolute": True}, seed=2)
    assert min(float(values.min()) for values in signed.values()) < 0
    for name, values in signed.items():
        assert torch.equal(values.abs(), sizes[name])


@pytest.mark.parametrize("form", ["full", "gauss-newton", "hutchinson"])
def test_a_temperature_is_that_of_the_loss_whose_curvature_is_taken(form):
    """h w² of outputs / 3, by the exact derivatives of the loss with that division in it."""
    task = tiny_task({"name": "mlp", "sizes": [16, 3]})
    network = build(task.network, seed=1)
    settings = {"curvature": form, "loss": "cross-entropy", "temperature": 3.0}
    found = saliencies(network, task, settings, seed=2)["1.weight"]
    weight, bias = network[1].weight.detach().double(), network[1].bias.detach().double()
    images, labels = task.data.train.images.flatten(1).double(), task.data.train.labels

    def loss(w):
        return torch.nn.functional.cross_entropy((images @ w.view(3, 16).T + bias) / 3, labels)

    hessian = torch.autograd.functional.hessian(loss, weight.flatten())
    exact = hessian.diag() * weight.flatten().square() / 2
    if form == "hutchinson":  # one probe with the signs that the seed gives
        assert torch.corrcoef(torch.stack([found.flatten().double(), exact]))[0, 1] > 0.5
    else:
        assert torch.allclose(found.flatten().double(), exact, rtol=1e-4)


def test_a_temperature_leaves_the_network_as_it_was_and_matters():
    task = tiny_task({"name": "mlp", "sizes": [16, 8, 3]})
    network = build(task.network, seed=1)
    before = {name: values.clone() for name, values in network.state_dict().items()}
    settings = {"curvature": "full", "loss": "cross-entropy"}
    plain = saliencies(network, task, settings, seed=0)
    same = saliencies(network, task, {**settings, "temperature": 1.0}, seed=0)
    soft = saliencies(network, task, {**settings, "temperature": 4.0}, seed=0)
    for name, values in plain.items():
        assert torch.equal(values, same[name]) and not torch.allclose(values / 16, soft[name])
    assert all(torch.equal(network.state_dict()[name], values) for name, values in before.items())


def test_a_temperature_is_refused_where_an_activation_ends_the_network():
    task = tiny_task({"name": "mlp", "sizes": [16, 3], "output": "sigmoid"})
    settings = {"curvature": "full", "loss": "mse", "temperature": 2.0}
    with pytest.raises(Refused, match="not those of a Sigmoid"):
        saliencies(build(task.network), task, settings, seed=0)


def test_curvature_on_validation_images_is_that_of_a_task_trained_on_them():
    task = tiny_task({"name": "mlp", "sizes": [16, 8, 3]})
    data = task.data
    swapped = replace(task, data=replace(data, train=data.valid, valid=data.train))
    network = build(task.network, seed=1)
    settings = {"curvature": "gauss-newton", "loss": "cross-entropy"}
    asked = saliencies(network, task, {**settings, "curvature_images": "validation"}, seed=0)
    named = saliencies(network, swapped, {**settings, "curvature_images": "training"}, seed=0)
    plain = saliencies(network, task, settings, seed=0)
    for name, values in asked.items():
        assert torch.equal(values, named[name]) and not torch.equal(values, plain[name])
