"""Truncated singular value decomposition against NumPy's, and what is stored of it."""

import numpy as np
import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.pruning import kept_weights, swept, trained_reference
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.methods import denton2014svd as svd
from brainside.methods import han2015magnitude
from brainside.methods.contract import Start
from brainside.methods.shared import low_rank
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.plain import of_dense
from brainside.training import resume

MLP = {"name": "mlp", "sizes": [16, 30, 20, 3]}
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [8, 9], "kernel": 3, "hidden": [],
        "classes": 3}  # fmt: skip
specs = pytest.mark.parametrize("spec", [MLP, CONV], ids=["mlp", "convnet"])


def run(progress, spec=MLP, budgets=(1 / 2,), *, start=None, **changes):
    task = tiny_task(spec)
    start = start or trained_reference(task, progress.at("reference"))
    chosen = recipe(**{"epochs": 1, **changes})
    return start, tiny.run(svd.sweep, task, progress, budgets, chosen, start=Start(start))


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_the_error_is_that_of_eckart_and_young(rank):
    matrix = torch.randn(9, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    free = low_rank.truncated(matrix, rank)
    product = free[:, :9].T @ free[:, 9:]
    u, s, v = np.linalg.svd(matrix.numpy(), full_matrices=False)
    np.testing.assert_allclose(product.numpy(), u[:, :rank] * s[:rank] @ v[:rank], atol=1e-12)
    error = float((product - matrix).square().sum())
    assert error == pytest.approx(float((s[rank:] ** 2).sum()), abs=1e-12)
    left, right = free[:, :9].norm(dim=1).numpy(), free[:, 9:].norm(dim=1).numpy()
    np.testing.assert_allclose(left, np.sqrt(s[:rank]))
    np.testing.assert_allclose(right, np.sqrt(s[:rank]))


def test_factors_do_not_depend_on_the_signs_of_singular_vectors():
    matrix = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    free = low_rank.truncated(matrix, 4)
    flipped = low_rank.truncated(-matrix, 4)
    torch.testing.assert_close(flipped[:, :5], free[:, :5])
    torch.testing.assert_close(flipped[:, 5:], -free[:, 5:])


@specs
def test_without_retraining_the_network_has_the_truncated_matrices(quiet, spec):
    start, (stored,) = run(quiet, spec, epochs=0)
    dense, (found, biases) = split(start.network())[0], split(stored.network())
    *truncated, last = dense
    for name in truncated:
        rank = len(stored.weights[name])
        u, s, v = np.linalg.svd(dense[name].flatten(1).double().numpy(), full_matrices=False)
        expected = torch.from_numpy(u[:, :rank] * s[:rank] @ v[:rank])
        torch.testing.assert_close(found[name].flatten(1).double(), expected, atol=1e-5, rtol=1e-4)
    assert torch.equal(found[last], dense[last])
    assert all(torch.equal(biases[name], b) for name, b in start.biases.items())
    assert stored.columns["epochs_total"] == 2


@specs
def test_retraining_moves_the_factors_and_keeps_the_rank(quiet, spec):
    start, (stored,) = run(quiet, spec)
    _, (before,) = run(quiet, spec, start=start, epochs=0)
    for name in stored.spec["low_rank"]:
        assert stored.weights[name].shape == before.weights[name].shape
        assert not torch.equal(stored.weights[name], before.weights[name])
        matrix = split(stored.network())[0][name].flatten(1)
        assert int(torch.linalg.matrix_rank(matrix)) == len(stored.weights[name])
    assert stored.columns["epochs_total"] == 3
    assert checkpoint.decode(checkpoint.encode(stored)).rebuild == stored.rebuild


@pytest.mark.parametrize("budget", [1, 1 / 2, 1 / 3])
def test_factors_fill_the_budget_but_for_less_than_a_rank_of_each_layer(quiet, budget):
    task = tiny_task(MLP)
    _, (stored,) = run(quiet, MLP, [budget], epochs=0)
    allowed = task.stored_weights(budget)
    assert allowed - (16 + 30 + 30 + 20) < kept_weights(stored) <= allowed


def test_ranks_are_shares_in_proportion():
    shapes = {"1": torch.Size([300, 784]), "3": torch.Size([100, 300]), "5": torch.Size([10, 100])}
    stored = 266_200 // 8
    found = low_rank.ranks(shapes, stored)
    share = (stored - 1000) / (266_200 - 1000)
    assert abs(found["1"] - share * 300 * 784 / 1084) < 1
    assert abs(found["3"] - share * 100 * 300 / 400) < 1
    assert stored - 400 < found["1"] * 1084 + found["3"] * 400 + 1000 <= stored


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


LENET1 = {"name": "lenet1", "background": -1.0}
WRONG = {
    "no rank": (MLP, 1 / 8, "leave layer 1.weight no rank; take a larger budget"),
    "classes alone too many": (MLP, 1 / 20, "not more than the 60 of the output layer"),
    "partial maps": (LENET1, 1 / 2, "layer 6 is a PartialConv2d"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_in_one_line_before_any_training(quiet, trainings, wrong):
    spec, budget, message = WRONG[wrong]
    start = of_dense(build(spec, seed=1), spec, budget=1.0, epochs_total=0)
    with pytest.raises(Refused, match=message) as refusal:
        run(quiet, spec, [budget], start=start)
    assert not trainings and "\n" not in str(refusal.value)


def test_a_pruned_start_is_refused(quiet):
    (pruned,) = swept(han2015magnitude.sweep, tiny_task(MLP), quiet, [1 / 2])
    with pytest.raises(Refused, match="singular value decomposition starts from a dense network"):
        run(quiet, start=pruned)
