"""Search: the same effort for all, on validation data only, and never done twice."""

import json
import math

import pytest
from helpers.tiny import tiny_data
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.data.datasets import Split
from brainside.jobs import search as search_job
from brainside.jobs.inputs import found_settings
from brainside.methods.contract import Task
from brainside.networks.architectures import weight_count
from brainside.study.searches import Search
from brainside.training.evaluation import Evaluation


class Hidden:
    """A test split that nobody may look at."""

    def __getattr__(self, name):
        raise AssertionError(f"tuning looked at the test split's {name}")


@pytest.fixture
def search(project, monkeypatch):
    """A search of three learning rates on the tiny task, whose test split explodes."""
    project.config["methods"]["small-dense"]["search"] = {
        "learning_rate": {"choice": [1e-6, 0.1, 1e-5]}
    }
    project.config["tuning"] |= {"trials": 3, "budgets": ["1/2", "1/8"]}
    network = {"name": "mlp", "sizes": [16, 32, 3]}
    task = Task("tiny/mlp", tiny_data(), network, weight_count(network))
    object.__setattr__(task.data, "test", Hidden())
    monkeypatch.setattr(search_job, "open_task", lambda spec, device: task)
    return project.sweep("small-dense").search


def result(search) -> dict:
    return json.loads(search.path.read_text())


@given(st.lists(st.integers(), min_size=1, max_size=9, unique=True), st.integers(0, 99),
       st.integers(0, 20))  # fmt: skip
def test_each_choice_is_tried_when_there_are_enough_trials(options, seed, more):
    trials = len(options) + more
    drawn = [d["x"] for d in search_job.draw_all({"x": {"choice": options}}, trials, seed)]
    assert len(drawn) == trials
    counts = [drawn.count(option) for option in options]
    assert max(counts) - min(counts) <= 1


@given(st.floats(1e-6, 1), st.floats(1.1, 1e6), st.integers(0, 99))
def test_a_range_is_drawn_between_its_ends(low, factor, seed):
    drawn = search_job.draw_all({"x": {"log_uniform": [low, low * factor]}}, 30, seed)
    assert all(low * (1 - 1e-5) <= d["x"] <= low * factor * (1 + 1e-5) for d in drawn)
    assert len({d["x"] for d in drawn}) > 20


def test_a_range_is_drawn_uniformly_in_the_logarithm():
    drawn = search_job.draw_all({"x": {"log_uniform": [0.001, 1.0]}}, 3000, seed=0)
    decades = [math.floor(math.log10(d["x"])) for d in drawn]
    assert all(900 < decades.count(decade) < 1100 for decade in (-3, -2, -1))


def test_draws_are_the_same_again_differ_by_seed_and_do_not_depend_on_other_settings():
    both = {"x": {"log_uniform": [0.1, 1.0]}, "y": {"choice": [1, 2, 3]}}
    drawn = search_job.draw_all(both, 9, seed=1)
    assert drawn == search_job.draw_all(both, 9, seed=1) != search_job.draw_all(both, 9, seed=2)
    alone = search_job.draw_all({"x": both["x"]}, 9, seed=1)
    assert [d["x"] for d in drawn] == [d["x"] for d in alone]
    # Fewer trials are the first of more.
    assert search_job.draw_all(both, 4, seed=1) == drawn[:4]


def test_a_search_finds_the_best_on_validation_data_without_the_test_split(search):
    search_job.run(search)
    found = result(search)
    assert found["key"] == search.key and len(found["trials"]) == 6
    for budget in (0.5, 0.125):
        of_budget = [t for t in found["trials"] if t["budget"] == budget]
        best = min(of_budget, key=lambda t: (t["valid_error"], t["valid_loss"]))
        assert found["best"][f"{budget:g}"] == best["settings"] == {"learning_rate": 0.1}
        assert len({t["valid_error"] for t in of_budget}) > 1


def test_ties_of_the_error_go_to_the_least_loss_even_to_none_at_all(search, monkeypatch):
    losses = iter([0.2, 0.2, 0.0, 0.0, math.nan, math.nan])  # of each trial at both budgets
    wrong = tiny_data().valid.labels < 0
    monkeypatch.setattr(search_job, "evaluate", lambda *_: Evaluation(wrong, next(losses)))
    search_job.run(search)
    found = result(search)
    assert found["best"]["0.5"] == found["trials"][2]["settings"]


def test_a_search_gives_the_same_bytes_again(search):
    search_job.run(search)
    first = search.path.read_bytes()
    search.path.unlink()
    search_job.run(search)
    assert search.path.read_bytes() == first


def test_a_killed_search_goes_on_after_the_trials_that_are_done(search, monkeypatch):
    search_job.run(search)
    whole = search.path.read_bytes()
    search.path.unlink()
    trial, done = search_job._trial, []

    def counted(*args):
        if len(done) == 2:
            done.append("killed")
            raise KeyboardInterrupt
        done.append(args[2])  # what was drawn
        return trial(*args)

    monkeypatch.setattr(search_job, "_trial", counted)
    with pytest.raises(KeyboardInterrupt):
        search_job.run(search)
    assert not search.path.exists()
    search_job.run(search)
    drawn = search_job.draw_all(search.spec["search"], 3, search.spec["seed"])
    assert done == [*drawn[:2], "killed", drawn[2]]
    assert search.path.read_bytes() == whole
    assert not (search_job.STATE / search.key).exists()


@pytest.mark.parametrize(("budget", "nearest"), [
    (1, "1"), (0.7, "1"), (0.4, "0.25"), (0.25, "0.25"), (1 / 8, "0.0625"), (0.13, "0.25"),
    (0.12, "0.0625"), (1e-3, "0.0625"),
])  # fmt: skip
def test_a_budget_uses_the_settings_of_the_nearest_search_in_the_logarithm(
    search, monkeypatch, budget, nearest
):
    best = {name: {"found": name} for name in ("1", "0.25", "0.0625")}
    monkeypatch.setattr("brainside.jobs.inputs.read_search", lambda _: {"best": best})
    assert found_settings(search)(budget) == {"found": nearest}


def test_one_tuning_budget_can_serve_all(search, monkeypatch):
    best = {"0.125": {"found": 8}, "0.015625": {"found": 64}}
    monkeypatch.setattr("brainside.jobs.inputs.read_search", lambda _: {"best": best})
    assert [found_settings(search)(b)["found"] for b in (1 / 2, 1 / 64)] == [8, 64]
    assert [found_settings(search, 1 / 64)(b)["found"] for b in (1 / 2, 1 / 64)] == [64, 64]


def test_a_method_without_a_search_has_no_tuned_settings():
    assert found_settings(None)(0.5) == {}


@pytest.mark.parametrize("damage", [
    None, b"", b"\xff\x00", b"[]", b"{}", b'{"spec": {}}', b'{"spec": {}, "best": {"1": {}}}'],
    ids=repr)  # fmt: skip
def test_a_file_that_is_not_the_search_of_the_config_is_refused_by_name(search, damage):
    search_job.run(search)
    search.path.write_bytes(damage) if damage is not None else search.path.unlink()
    with pytest.raises(Refused) as refusal:
        found_settings(search)
    assert str(search.path) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_file_of_another_search_is_refused(search):
    search_job.run(search)
    other = Search(search.study, search.task, search.method, {**search.spec, "trials": 4}, None)
    other.path.write_bytes(search.path.read_bytes())
    with pytest.raises(Refused, match="not the search of this config"):
        found_settings(other)


@pytest.mark.parametrize("best", [{}, {"0.5": 3}, {"half": {}}, {"0": {}}, [1]], ids=str)
def test_a_file_whose_best_settings_make_no_sense_is_refused(search, best):
    search_job.run(search)
    search.path.write_text(json.dumps({**result(search), "best": best}))
    with pytest.raises(Refused):
        found_settings(search)(0.5)


def test_the_hidden_split_does_explode():
    with pytest.raises(AssertionError):
        Split.to(Hidden(), "cpu")


def test_a_shape_that_does_not_fit_loses_at_that_budget_and_nothing_else(search, monkeypatch):
    whole = search_job.find

    def refusing(function):
        def sweep(task, budgets, **inputs):
            yield from whole(function)(task, budgets[:1], **inputs)
            raise Refused("too few weights for one channel")

        return sweep

    monkeypatch.setattr(search_job, "find", refusing)
    search_job.run(search)
    errors = {trial["budget"]: trial["valid_error"] for trial in result(search)["trials"]}
    assert errors[0.5] < 1
    assert errors[0.125] == 1
