"""Search: the same effort for all, on validation data only, and never done twice."""

import json
import math
from dataclasses import replace

import pytest
from helpers.tiny import tiny_data
from hypothesis import given
from hypothesis import strategies as st

from brainside.base.errors import Refused
from brainside.base.paths import STATE
from brainside.data.datasets import Split
from brainside.jobs import search as search_job
from brainside.jobs.inputs import nearest, searched_settings
from brainside.methods.baktash2019controls import small_dense
from brainside.methods.contract import Task
from brainside.networks.weights import weight_count
from brainside.study.sweeps import Search


class Hidden:
    """A test split that nobody may look at."""

    def __getattr__(self, name):
        raise AssertionError(f"tuning looked at the test split's {name}")


@pytest.fixture
def search(project):
    """A search of three learning rates on the tiny task."""
    project.config["methods"]["small-dense"]["search"] = {
        "learning_rate": {"choice": [1e-6, 0.1, 1e-5]}
    }
    project.config["tuning"] |= {"trials": 3, "budgets": ["1/2", "1/8"]}
    return project.sweep("small-dense").search


def blind_task() -> Task:
    """The tiny task, whose test split explodes."""
    network = {"name": "mlp", "sizes": [16, 32, 3]}
    task = Task("tiny/mlp", tiny_data(), network, weight_count(network))
    object.__setattr__(task.data, "test", Hidden())
    return task


def run(search, method=small_dense) -> None:
    search_job.run_with(search, blind_task(), method)


def result(search) -> dict:
    return json.loads(search.path.read_text(encoding="utf-8"))


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
    run(search)
    found = result(search)
    assert found["key"] == search.key and len(found["trials"]) == 6
    for budget in (0.5, 0.125):
        of_budget = [t for t in found["trials"] if t["budget"] == budget]
        best = min(of_budget, key=lambda t: (t["valid_error"], t["valid_loss"]))
        assert found["best"][f"{budget:g}"] == best["settings"] == {"learning_rate": 0.1}
        assert len({t["valid_error"] for t in of_budget}) > 1


def trial(settings, error, loss):
    return {"budget": 0.5, "settings": settings, "valid_error": error, "valid_loss": loss}


def test_ties_of_the_error_go_to_the_least_loss_even_to_none_at_all():
    tied = [trial({"x": 1}, 0.1, None), trial({"x": 2}, 0.1, 0.2), trial({"x": 3}, 0.1, 0.0),
            trial({"x": 4}, 0.1, 0.0), trial({"x": 5}, 0.2, 0.0)]  # fmt: skip
    assert search_job.best(tied) == {"x": 3}
    assert search_job.best(tied[:1]) == {"x": 1}


def test_a_loss_that_is_no_number_is_none_in_the_file(search):
    def broken(run):
        for stored in small_dense(run):
            for weight in stored.weights.values():
                weight[:] = math.nan
            yield stored

    run(search, broken)
    assert all(trial["valid_loss"] is None for trial in result(search)["trials"])
    assert all(trial["valid_error"] == 1 for trial in result(search)["trials"])


def test_a_search_gives_the_same_bytes_again(search):
    run(search)
    first = search.path.read_bytes()
    search.path.unlink()
    run(search)
    assert search.path.read_bytes() == first


def test_a_killed_search_goes_on_after_the_trials_that_are_done(search):
    run(search)
    whole = search.path.read_bytes()
    search.path.unlink()
    done = []

    def killed(asked):
        if len(done) == 2:
            done.append("killed")
            raise KeyboardInterrupt
        done.append(asked.settings(0.5)["learning_rate"])
        return small_dense(asked)

    with pytest.raises(KeyboardInterrupt):
        run(search, killed)
    assert not search.path.exists()
    run(search, killed)
    drawn = search_job.draw_all(search.spec["search"], 3, search.spec["seed"])
    rates = [settings["learning_rate"] for settings in drawn]
    assert done == [*rates[:2], "killed", rates[2]]
    assert search.path.read_bytes() == whole
    assert not (STATE / search.key).exists()


@pytest.mark.parametrize(("budget", "near"), [
    (1, "1"), (0.7, "1"), (0.4, "0.25"), (0.25, "0.25"), (1 / 8, "0.0625"), (0.13, "0.25"),
    (0.12, "0.0625"), (1e-3, "0.0625"),
])  # fmt: skip
def test_a_budget_uses_the_settings_of_the_nearest_search_in_the_logarithm(budget, near):
    best = {float(name): {"name": name} for name in ("1", "0.25", "0.0625")}
    assert nearest(best, None)(budget) == {"name": near}


def test_the_settings_of_one_budget_of_search_can_serve_all():
    best = {0.125: {"of": 8}, 0.015625: {"of": 64}}
    assert [nearest(best, None)(b)["of"] for b in (1 / 2, 1 / 64)] == [8, 64]
    assert [nearest(best, 1 / 64)(b)["of"] for b in (1 / 2, 1 / 64)] == [64, 64]


def test_a_method_without_a_search_has_no_tuned_settings():
    assert searched_settings(None)(0.5) == {}


@pytest.mark.parametrize("damage", [
    None, b"", b"\xff\x00", b"[]", b"{}", b'{"spec": {}}', b'{"spec": {}, "best": {"1": {}}}'],
    ids=repr)  # fmt: skip
def test_a_file_that_is_not_the_search_of_the_config_is_refused_by_name(search, damage):
    run(search)
    search.path.write_bytes(damage) if damage is not None else search.path.unlink()
    with pytest.raises(Refused) as refusal:
        searched_settings(search)
    assert str(search.path) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_the_file_of_another_search_is_refused(search):
    run(search)
    other = Search(search.study, search.task, search.method, {**search.spec, "trials": 4}, None)
    other.path.write_bytes(search.path.read_bytes())
    with pytest.raises(Refused, match="not the search of this config"):
        searched_settings(other)


@pytest.mark.parametrize("best", [{}, {"0.5": 3}, {"half": {}}, {"0": {}}, [1]], ids=str)
def test_a_file_whose_best_settings_make_no_sense_is_refused(search, best):
    run(search)
    search.path.write_text(json.dumps({**result(search), "best": best}), encoding="utf-8")
    with pytest.raises(Refused):
        searched_settings(search)(0.5)


def test_the_hidden_split_does_explode():
    with pytest.raises(AssertionError):
        Split.to(Hidden(), "cpu")


def test_a_shape_that_does_not_fit_loses_at_that_budget_and_nothing_else(search):
    def refusing(asked):
        yield from small_dense(replace(asked, budgets=asked.budgets[:1]))
        raise Refused("too few weights for one channel")

    run(search, refusing)
    errors = {trial["budget"]: trial["valid_error"] for trial in result(search)["trials"]}
    assert errors[0.5] < 1
    assert errors[0.125] == 1
