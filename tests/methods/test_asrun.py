"""The protocol of the published code, by the numbers that were read from it."""

import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.project import ROOT
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.data import datasets
from brainside.methods import baktash2019asrun as asrun
from brainside.networks import architectures
from brainside.representations.plain import masks_of
from brainside.study import study

SPEC = {"name": "mlp", "sizes": [16, 8, 3], "activation": "sigmoid", "output": "sigmoid"}


def run(quiet, task=None, **changes):
    chosen = recipe(**{"loss": "mse", "saliency": "obd", "regulariser": "l2", "strength": 0.1,
                       "rate": 1.0, "prunings": 15, "wait": 4, "patience": 3, "accuracy": 0.0,
                       **changes})  # fmt: skip
    (stored,) = tiny.run(asrun.sweep, task or tiny_task(SPEC), quiet, [1 / 10], chosen, seed=1)
    return stored


def test_the_paper_study_reads_mnist_as_pixels_from_0_to_1(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    spec = study.load("config/paper").config["tasks"]["mnist/sigmoid1000"]["network"]
    monkeypatch.chdir(tmp_path)
    try:
        images = datasets.load("mnist").train.images[:1000]
    except Refused as refusal:
        pytest.skip(str(refusal))
    pixels = architectures.build(spec, seed=0)[0](images)
    assert pixels.shape == (1000, 784)
    assert float(pixels.min()) == pytest.approx(0, abs=1e-5)
    assert float(pixels.max()) == pytest.approx(1, abs=1e-5)


def test_the_first_pruning_removes_84_per_cent_of_all_that_will_be_removed():
    task = tiny_task({"name": "mlp", "sizes": [1000, 100, 10]})
    total = task.reference_weights
    removed = [1 - asrun.kept_at(k / 15, 0.01, task) / total for k in range(1, 16)]
    shares = [round(each / 0.99, 3) for each in removed]
    assert shares[:5] == [0.844, 0.882, 0.904, 0.921, 0.934] and shares[-1] == 1.0
    assert asrun.kept_at(1, 0.01, task) == task.stored_weights(0.01)


def test_the_rate_falls_with_the_root_of_the_epoch_and_the_regulariser_is_over_the_images():
    chosen = {"rate": 3.0, "strength": 1.0, "regulariser": "l1"}
    made = [asrun.recipe_of(chosen, epoch, 50_000) for epoch in (1, 4, 100)]
    # 2·3/√j on half the squared error is 3/√j on all of it.
    assert [each["learning_rate"] for each in made] == pytest.approx([3, 1.5, 0.3])
    # η λ/n per step for each: their rate is twice ours.
    assert made[0]["learning_rate"] * made[0]["l1"] == pytest.approx(6 * 1.0 / 50_000)
    assert made[0]["weight_decay"] == 0 and made[0]["momentum"] == 0


@pytest.mark.parametrize(("accuracy", "epochs"), [(2.0, 4 + 14 * 3 + 4), (0.0, 4 + 14 + 4)])
def test_it_is_pruned_at_once_when_good_and_else_when_patience_ends(quiet, accuracy, epochs):
    stored = run(quiet, accuracy=accuracy)
    assert stored.columns["epochs_total"] == epochs
    kept = sum(int(mask.sum()) for mask in masks_of(stored).values())
    assert kept == tiny_task(SPEC).stored_weights(1 / 10)


@pytest.mark.parametrize("wrong", [0, 1, 9, 10, 11, 50])
def test_whether_an_accuracy_is_reached_is_settled_as_by_counting_all(wrong):
    images = torch.eye(3)[torch.arange(100) % 3]
    labels = torch.arange(100) % 3
    labels[torch.randperm(100)[:wrong]] += 1
    split = datasets.Split(images, labels % 3)
    assert asrun.reached(0.9, torch.nn.Identity(), split, chunk=7) == (wrong <= 10)


def test_saliencies_differ_and_an_unknown_one_is_refused(quiet):
    obd, magnitude = (masks_of(run(quiet, saliency=each)) for each in ("obd", "magnitude"))
    assert any(not torch.equal(obd[name], magnitude[name]) for name in obd)
    with pytest.raises(Refused, match="saliency 'obs' is not known; write obd or magnitude"):
        run(quiet, saliency="obs")


def test_an_unknown_regulariser_is_refused(quiet):
    with pytest.raises(Refused, match="regulariser 'L2' is not known; write l1 or l2"):
        run(quiet, regulariser="L2")


def test_a_killed_run_ends_in_the_same_network(quiet, monkeypatch, trainings):
    monkeypatch.setattr(asrun, "SAVE_EVERY", 5)
    whole = run(elsewhere(quiet, "whole"))
    needed = len(trainings)
    with pytest.raises(Killed):
        run(dying(quiet, 13))
    trainings.clear()
    again = run(quiet)
    assert len(trainings) == needed - 10  # ten of its epochs had been saved
    assert all(torch.equal(w, again.weights[name]) for name, w in whole.weights.items())
