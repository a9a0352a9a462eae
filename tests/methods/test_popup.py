"""Edge-popup: nothing is stored but seeds and positions, and the scores are trained as promised."""

import math

import numpy as np
import pytest
import torch
from helpers import tiny
from helpers.coded import same
from helpers.killing import Killed, dying
from helpers.project import rows_of
from helpers.tiny import recipe, tiny_task
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.coding import codec, nnr, quantising
from brainside.coding.matrices import layers_of, stored
from brainside.coding.order import reordered
from brainside.coding.settings import CHOICES, Nnr, Setting
from brainside.methods import ramanujan2020popup as popup
from brainside.networks.parameters import split
from brainside.networks.weights import weight_count
from brainside.representations import checkpoint
from brainside.representations.compressed import TICKET
from brainside.representations.sizes import count
from brainside.representations.ticket import constants
from brainside.training import loop, resume
from brainside.training.evaluation import evaluate

MLP = {"name": "mlp", "sizes": [16, 12, 8, 3]}
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [6], "kernel": 3, "hidden": [8],
        "classes": 3}  # fmt: skip
specs = pytest.mark.parametrize("spec", [MLP, CONV], ids=["mlp", "convnet"])


def run(quiet, spec=MLP, budgets=(1 / 2, 1 / 4), *, seed=3, **changes):
    return tiny.run(popup.sweep, tiny_task(spec), quiet, budgets, recipe(**changes), seed=seed)


def outputs(network) -> torch.Tensor:
    images = torch.randn(20, 1, 4, 4, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        return network.eval()(images)


# The arithmetic.


@given(st.integers(1, 20), st.integers(0, 99))
def test_exactly_as_many_are_kept_as_asked_for_and_the_largest(kept, seed):
    scores = torch.randn(4, 5, generator=torch.Generator().manual_seed(seed))
    mask = popup.kept(scores, kept)
    assert set(mask.tolist()) <= {0.0, 1.0} and int(mask.sum()) == kept
    sizes = scores.abs().flatten()
    assert kept == 20 or sizes[mask == 1].min() >= sizes[mask == 0].max()
    assert int(popup.kept(torch.zeros(4, 5), kept).sum()) == kept


def test_forwards_only_the_kept_are_there_and_backwards_all_scores_have_a_gradient():
    scores = torch.tensor([[0.3, -0.9], [-0.1, 0.5]], requires_grad=True)
    fixed = torch.tensor([[2.0, -2.0], [2.0, -2.0]])
    weight = popup.popup(fixed, 2)(scores)
    assert weight.tolist() == [[0, -2], [0, -2]]
    slopes = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    (weight * slopes).sum().backward()
    assert torch.equal(scores.grad, slopes * fixed * scores.detach().sign())


def test_a_step_is_that_of_the_paper_written_out_by_hand(quiet):
    """One layer, all images in one batch: s − rate · ∂L/∂(output) x w, by magnitude."""
    spec = {"name": "mlp", "sizes": [16, 3]}
    task = tiny_task(spec)
    plain = {"epochs": 1, "batch": 60, "momentum": 0.0, "weight_decay": 0.0}
    (found,) = run(quiet, spec, [1 / 2], learning_rate=20.0, schedule="constant", **plain)
    (before,) = run(quiet, spec, [1 / 2], learning_rate=1e-30, **plain)
    scores = popup.initial_scores(torch.Size([3, 16]), seed=_seed("scores"))
    fixed = constants(torch.Size([3, 16]), 24, 2.0, seed=_seed("signs"))
    x, labels = task.data.train.images.flatten(1), task.data.train.labels
    weight = split(before.network())[0]["1.weight"]
    assert torch.equal(weight, fixed * popup.kept(scores, 24).view(3, 16))
    errors = (x @ weight.T).softmax(1) - torch.eye(3)[labels]
    moved = scores - 20 * (errors.T @ x / len(x)) * fixed * scores.sign()
    expected = popup.kept(moved, 24).nonzero().flatten().tolist()
    assert found.structure["1.weight"].tolist() == expected
    assert expected != before.structure["1.weight"].tolist()


def _seed(use: str) -> int:
    return derive(3, use, "1.weight")


def test_signs_are_as_often_plus_as_minus_and_the_size_keeps_the_variance_of_units():
    shape, kept = torch.Size([500, 400]), 20_000
    fixed = constants(shape, kept, 2.0, seed=5)
    size = math.sqrt(2 / (kept / 500))
    assert torch.equal(fixed.abs().unique(), torch.tensor([size], dtype=torch.float32))
    assert abs(float(fixed.sign().mean())) < 0.01
    assert not torch.equal(fixed, constants(shape, kept, 2.0, seed=6))
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(0)) < kept / 200_000
    x = torch.randn(400, 300, generator=torch.Generator().manual_seed(1))
    assert float(((fixed * mask) @ x).square().mean()) == pytest.approx(2, rel=0.05)


# What is stored.


@specs
def test_no_free_value_is_stored_and_the_network_has_none(quiet, spec):
    task = tiny_task(spec)
    for made in run(quiet, spec):
        assert made.weights == {} and made.biases == {} and made.rebuild == TICKET
        counted = count(made, (1, 4, 4))
        assert counted["weights"] == counted["biases"] == counted["nonzero_weights"] == 0
        positions = sum(len(at) for at in made.structure.values())
        assert positions == task.stored_weights(made.budget)
        weights, biases = split(made.network())
        assert not any(b.any() for b in biases.values())
        for weight in weights.values():
            share = made.budget * weight.numel()
            assert int(weight.count_nonzero()) == pytest.approx(share, abs=1)
            assert len(weight[weight != 0].abs().unique()) == 1


@specs
def test_the_decoded_network_is_the_one_that_was_trained(quiet, spec, monkeypatch):
    ended, train = [], loop.train

    def watched(network, *args, **kwargs):
        found = train(network, *args, **kwargs)
        ended.append(outputs(network))
        return found

    monkeypatch.setattr(loop, "train", watched)
    for number, made in enumerate(run(quiet, spec, epochs=3)):
        decoded = checkpoint.decode(checkpoint.encode(made), budget=made.budget)
        assert torch.equal(outputs(decoded.network()), ended[number])


def test_training_helps(quiet):
    task = tiny_task(MLP, n=300)
    chosen = recipe(epochs=15, learning_rate=0.1, weight_decay=0.0)
    errors = []
    for epochs in (0, 15):
        (made,) = tiny.run(popup.sweep, task, quiet, [1 / 2], {**chosen, "epochs": epochs})
        errors.append(evaluate(made.network(), task.data.test, "cross-entropy").error)
    assert errors[1] < errors[0] - 0.2


def test_the_seed_decides_and_a_killed_run_ends_in_the_same_bytes(quiet, monkeypatch):
    first, second = (checkpoint.encode(m) for m in run(quiet))
    assert [checkpoint.encode(m) for m in run(quiet)] == [first, second]
    assert checkpoint.encode(run(quiet, seed=4)[0]) != first
    monkeypatch.setattr(resume, "SAVE_EVERY", 0)
    with pytest.raises(Killed):
        run(dying(quiet, 1))
    assert [checkpoint.encode(m) for m in run(quiet)] == [first, second]


def test_a_wider_network_keeps_as_many_connections(quiet):
    (made,) = run(quiet, MLP, [1 / 4], expansion=3)
    assert made.spec["network"]["sizes"] == [16, 36, 24, 3]
    assert sum(len(at) for at in made.structure.values()) == tiny_task(MLP).stored_weights(1 / 4)
    assert outputs(made.network()).shape == (20, 3)


# Bytes.


@specs
@pytest.mark.parametrize("values", CHOICES["values"])
def test_a_file_codes_positions_and_one_value(quiet, spec, values):
    (made,) = run(quiet, spec, [1 / 4])
    for entropy in CHOICES["entropy"]:
        setting = Setting(values=values, entropy=entropy, order="similarity", tradeoff=0.05)
        ordered, layers = quantising.prepared(made, setting)
        blob = codec.encode(ordered, layers, setting)
        assert same(codec.decode(blob), made)
        assert codec.sizes(blob)["value_bytes"] <= 8 * len(layers)


@pytest.mark.parametrize("positions", CHOICES["positions"])
def test_positions_come_back_in_every_code(quiet, positions):
    (made,) = run(quiet, MLP, [1 / 3])
    setting = Setting(positions=positions)
    assert same(codec.decode(codec.encode(*quantising.prepared(made, setting), setting)), made)


def test_units_cannot_be_reordered_as_their_signs_are_those_of_their_places(quiet):
    (made,) = run(quiet)[:1]
    assert reordered(made, "similarity") is made
    assert same(stored(made, layers_of(made), {}), made)


def test_nncodec_gets_ones_and_gives_the_positions_back(quiet):
    pytest.importorskip("nncodec")
    (made,) = run(quiet)[:1]
    assert same(nnr.decode(nnr.encode(made, Nnr()), made), made)


# What is refused.


def test_a_budget_without_a_connection_in_a_layer_is_refused(quiet, trainings):
    with pytest.raises(Refused, match="leaves layer 5.weight no connection; take a larger one"):
        run(quiet, MLP, [1 / 100])
    assert not trainings


def test_a_network_with_normalisation_is_refused(quiet, trainings):
    spec = {"name": "slimnet", "image": [1, 4, 4], "widths": [6], "pool_after": [], "classes": 3}
    with pytest.raises(Refused, match="edge-popup stores no free value; the network has"):
        run(quiet, spec, [1 / 2])
    assert not trainings


@pytest.mark.parametrize("at", [[5, 5], [-1, 3], [3, 10_000]])
def test_foreign_positions_are_refused(quiet, at):
    (made,) = run(quiet)[:1]
    made.structure["1.weight"] = torch.tensor(at, dtype=torch.int32)
    decoded = checkpoint.decode(checkpoint.encode(made), where="foreign.brain")
    with pytest.raises(Refused, match="^foreign.brain: does not describe a network"):
        decoded.network()


def test_an_empty_layer_is_a_network_all_the_same(quiet):
    (made,) = run(quiet)[:1]
    made.structure["1.weight"] = torch.zeros(0, dtype=torch.int32)
    assert not split(made.network())[0]["1.weight"].any()
    setting = Setting(values="kmeans")
    assert same(codec.decode(codec.encode(*quantising.prepared(made, setting), setting)), made)


def test_the_quick_study_trains_it_on_digits(project):
    sweep = project.run("popup", budgets=["1/4", "1/16"])
    for budget, row in rows_of(sweep).items():
        made = checkpoint.read(sweep.checkpoint(budget), budget=budget)
        assert row["weights"] == "0" and row["biases"] == "0"
        kept = sum(len(at) for at in made.structure.values())
        assert kept == int(budget * weight_count(made.spec["network"]))
        assert np.isfinite(float(row["valid_loss"])) and 0 <= float(row["valid_error"]) < 0.95
