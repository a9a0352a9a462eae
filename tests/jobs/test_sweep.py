"""Sweeps from end to end on the embedded digits: records, checkpoints, going on after a kill."""

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.project import QUICK, artifacts, forget, rows_of

from brainside.archive import mistakes, records
from brainside.base.errors import Refused
from brainside.base.files import sha256
from brainside.base.paths import STATE
from brainside.base.progress import Progress
from brainside.data.datasets import load
from brainside.jobs import sweep as sweep_job
from brainside.methods import baktash2019controls
from brainside.representations import checkpoint
from brainside.training import loop, resume
from brainside.training.evaluation import evaluate

METHODS = list(QUICK["methods"])


def dies_in_training(monkeypatch, number: int) -> None:
    """Kill a job when it begins the training with this number, from 0."""
    train, calls = loop.train, []

    def dying(*args, **kwargs):
        calls.append(1)
        if len(calls) > number:
            raise KeyboardInterrupt
        return train(*args, **kwargs)

    monkeypatch.setattr(loop, "train", dying)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_gives_the_same_bytes_again_and_its_record_is_what_its_files_say(project, method):
    sweep = project.run(method)
    first, data = artifacts(sweep), load("digits")
    rows = records.read(sweep.path)
    assert [row["budget"] for row in rows] == sweep.budgets
    assert not any("time" in column or "second" in column for column in rows[0])
    wrong_by_budget = mistakes.read(sweep.path)
    for row in rows:
        path = sweep.checkpoint(row["budget"])
        assert (sha256(path), path.stat().st_size) == (
            row["checkpoint_sha256"], row["checkpoint_bytes"])  # fmt: skip
        loss = sweep.spec["method"].get("recipe", {}).get("loss", "cross-entropy")
        found = evaluate(checkpoint.read(path).network(), data.test, loss)
        assert (found.error, found.loss) == (row["test_error"], row["test_loss"])
        wrong = wrong_by_budget[row["budget"]]
        assert np.array_equal(wrong, found.mistakes.numpy())
        assert wrong.sum() == row["test_error"] * len(data.test.labels)
        assert row["data_digest"] == data.digest
        assert row["row_key"] == sweep.row_key(row["budget"])
        if "budget_of" not in sweep.spec["method"] and method != "supernet":
            assert row["weights"] <= row["budget"] * (784 * 40 + 40 * 10)
    beside = json.loads(sweep.path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (beside["key"], beside["spec"]) == (sweep.key, sweep.spec)
    assert not list(STATE.glob("*"))
    forget(sweep)
    sweep_job.run(sweep)
    assert artifacts(sweep) == first


def test_the_error_in_a_record_is_that_of_the_file_and_not_of_the_network_in_memory(
    project, monkeypatch
):
    write = checkpoint.write

    def altering(stored, path):
        return write(replace(stored, weights={n: -w for n, w in stored.weights.items()}), path)

    monkeypatch.setattr(checkpoint, "write", altering)
    sweep = project.run("small-dense", budgets=["1/4"])
    network = checkpoint.read(sweep.checkpoint(0.25)).network()
    found = evaluate(network, load("digits").test, "cross-entropy")
    assert float(rows_of(sweep)[0.25]["test_error"]) == found.error


KILLED = {
    "small-dense": ["1/4", "1/8", "1/16"],
    "magnitude": ["1/2", "1/4", "1/16"],
    "magnitude-one-shot": ["1/4", "1/8", "1/16"],
}


@pytest.mark.parametrize(("method", "budgets"), KILLED.items(), ids=KILLED)
def test_a_killed_sweep_goes_on_to_the_same_bytes_without_training_anything_twice(
    project, monkeypatch, trainings, method, budgets
):
    sweep = project.run(method, budgets=budgets)
    whole, needed = artifacts(sweep), len(sweep.points)
    forget(sweep)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        dies_in_training(patch, 2)
        sweep_job.run(sweep)
    trainings.clear()
    sweep_job.run(sweep)
    assert artifacts(sweep) == whole
    assert len(trainings) == needed - 2


def test_a_sweep_killed_within_a_training_goes_on_to_the_same_bytes(project, monkeypatch):
    monkeypatch.setattr(resume, "SAVE_EVERY", 0)
    sweep = project.run("magnitude")
    whole = artifacts(sweep)
    forget(sweep)
    told = []

    def dying(progress, text, *, always=False):
        told.append(text)
        if len(told) == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Progress, "__call__", dying)
        sweep_job.run(sweep)
    sweep_job.run(sweep)
    assert artifacts(sweep) == whole


@pytest.mark.parametrize("added", ["1/2", "1/8", "1/32"])
def test_a_budget_added_to_a_method_that_starts_from_scratch_trains_only_itself(
    project, trainings, added
):
    project.config["tasks"]["digits/mlp100"]["network"]["sizes"] = [784, 80, 10]
    before = project.run("small-dense", budgets=["1/4", "1/16"])
    old = rows_of(before)
    trainings.clear()
    after = project.run("small-dense", budgets=["1/4", "1/16", added])
    assert len(trainings) == 1 and after.key != before.key
    new = rows_of(after)
    assert {budget: new[budget] for budget in old} == old
    adopted = artifacts(after)
    forget(before), forget(after)
    sweep_job.run(after)
    assert artifacts(after) == adopted  # as if all had been trained together


@pytest.mark.parametrize("added", ["1/8", "1/32"])
def test_points_that_a_trajectory_lacks_are_trained_on_from_the_last_before(
    project, trainings, added
):
    schedule = project.config["methods"]["magnitude"]["schedule"]
    before = project.run("magnitude", budgets=["1/4", "1/16"])
    old = rows_of(before)
    trainings.clear()
    if added not in schedule:
        schedule.append(added)
    after = project.run("magnitude", budgets=["1/4", "1/16", added])
    assert len(trainings) == 1
    assert {b: row for b, row in rows_of(after).items() if b in old} == old
    adopted = artifacts(after)
    forget(before), forget(after)
    sweep_job.run(after)
    assert artifacts(after) == adopted


@pytest.mark.parametrize(("ending", "content"), [
    (".csv", b"\xff\x00"), (".csv", b""), (".csv", b"a,b\n1,2\n"), (".mistakes", b"0.5 8:AA==\n"),
    (".mistakes", b"x"), (".mistakes", None)], ids=repr)  # fmt: skip
def test_an_old_record_that_is_damaged_is_refused_by_name_or_left_aside(project, ending, content):
    before = project.run("small-dense", budgets=["1/4"])
    path = before.path.with_suffix(ending)
    path.write_bytes(content) if content is not None else path.unlink()
    try:
        after = project.run("small-dense", budgets=["1/4", "1/8"])
        assert [row["budget"] for row in records.read(after.path)] == [0.25, 0.125]
    except Refused as refusal:
        assert str(before.path.parent) in str(refusal)


def test_the_altered_checkpoint_of_an_old_record_is_trained_again(project, trainings):
    before = project.run("small-dense", budgets=["1/4"])
    whole = rows_of(before)
    with before.checkpoint(0.25).open("ab") as file:
        file.write(b"x")
    trainings.clear()
    after = project.run("small-dense", budgets=["1/4", "1/8"])
    assert len(trainings) == 2
    assert rows_of(after)[0.25] == whole[0.25]


@pytest.mark.parametrize("damage", ["altered", "truncated", "missing", "another network"])
def test_an_altered_reference_is_refused_before_anything_is_written(project, damage):
    sweep = project.sweep("magnitude")
    project.inputs(sweep)
    path = sweep.parent.checkpoint(1.0)
    stored, blob = checkpoint.read(path), path.read_bytes()
    path.unlink()
    if damage == "another network":
        next(iter(stored.weights.values())).mul_(2)
        checkpoint.write(stored, path)
    elif damage != "missing":
        path.write_bytes(blob[:-1] + b"x" if damage == "altered" else blob[:-9])
    with pytest.raises(Refused, match="budget=1"):
        sweep_job.run(sweep)
    assert not sweep.path.exists() and not sweep.checkpoints.exists()


def test_a_missing_reference_or_search_is_refused_by_name(project):
    for method, wanted in (("magnitude", "reference/seed=0"), ("small-conv", "tuned/quick")):
        with pytest.raises(Refused, match=wanted):
            sweep_job.run(project.sweep(method))


def test_a_method_that_stores_too_much_and_foreign_data_are_refused(project, monkeypatch):
    monkeypatch.setattr(baktash2019controls, "narrowed", lambda spec, weights: spec)
    sweep = project.sweep("small-dense")
    with pytest.raises(Refused, match="small-dense has 31760 weights at budget 0.25, 7940 are"):
        sweep_job.run(sweep)
    assert not sweep.path.exists()
    sweep.spec["task"]["digest"] = "0" * 64
    with pytest.raises(Refused, match="digits: data have digest"):
        sweep_job.run(sweep)


def test_a_full_disk_leaves_no_record_and_running_again_ends_in_the_same_bytes(
    project, monkeypatch
):
    sweep = project.run("small-dense")
    whole = artifacts(sweep)
    forget(sweep)
    rename = os.replace

    def full(source, target):
        if Path(target).suffix in (".csv", ".mistakes"):
            raise OSError(28, "No space left on device")
        rename(source, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, "replace", full)
        sweep_job.run(sweep)
    assert not sweep.path.exists() and not list(Path("results").rglob("*.part"))
    sweep_job.run(sweep)
    assert artifacts(sweep) == whole


def test_a_diverged_run_is_recorded_as_wrong_in_all_images_and_can_be_taken_over(project):
    project.config["tasks"]["digits/mlp100"]["recipe"]["learning_rate"] = 1e30
    before = project.run("small-dense", budgets=["1/4"])
    [row] = records.read(before.path)
    assert row["diverged"] and row["epochs_total"] == 1
    assert row["test_error"] == 1 and math.isnan(row["test_loss"])
    after = project.run("small-dense", budgets=["1/4", "1/16"])
    assert rows_of(after)[0.25] == rows_of(before)[0.25]


def test_a_run_that_diverges_in_its_last_step_is_recorded_as_diverged(project):
    images = len(load("digits").train.labels)
    project.config["tasks"]["digits/mlp100"]["recipe"] |= {"learning_rate": 1e38, "batch": images}
    project.config["methods"]["small-dense"]["recipe"] = {"epochs": 1}
    [row] = records.read(project.run("small-dense", budgets=["1/4"]).path)
    assert row["diverged"] and math.isnan(row["train_loss"]) and row["test_error"] == 1


@pytest.mark.parametrize("method", ["magnitude", "small-dense", "hashednet", "low-rank"])
def test_a_budget_that_leaves_no_weight_is_refused_before_anything_is_trained(
    project, trainings, method
):
    project.config["methods"][method].pop("schedule", None)
    project.config["methods"][method].pop("search", None)
    sweep = project.sweep(method, budgets=["1/4", 1e-9])
    with pytest.raises(Refused, match="budget 1e-09 of 31,760 leaves none; take a larger one"):
        sweep_job.run(sweep)
    assert not trainings and not sweep.path.exists()
