"""Pruning inside one training: the cubic law, exact ends, and what a kill leaves."""

from itertools import pairwise

import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.pruning import trained_reference
from helpers.tiny import recipe, tiny_task
from hypothesis import given
from hypothesis import strategies as st

from brainside.methods import zhu2017gradual as gradual
from brainside.methods.contract import Start
from brainside.networks.parameters import split
from brainside.representations.plain import masks_of
from brainside.training import resume


def run(task, progress, budgets=(1 / 4, 1 / 8), start=None, **changes):
    chosen = recipe(**{"epochs": 4, "every": 2, "end": 0.75, "ranking": "layer", **changes})
    start = start or trained_reference(task, progress.at("reference"))
    return tiny.run(gradual.sweep, task, progress, budgets, chosen, start=Start(start))


@given(st.integers(10, 10**6), st.data())
def test_the_law_begins_with_all_ends_with_the_budget_and_only_falls(total, data):
    kept = data.draw(st.integers(1, total))
    left = [gradual.left_at(step / 20, total, kept) for step in range(21)]
    assert left[0] == total and left[-1] == kept
    assert all(after <= before for before, after in pairwise(left))


def test_the_law_is_equation_1_by_hand():
    sparsity = [1 - gradual.left_at(t, 10**6, 10**5) / 10**6 for t in (0, 0.25, 0.5, 0.75, 1)]
    assert sparsity == pytest.approx([0.9 - 0.9 * (1 - t) ** 3 for t in (0, 0.25, 0.5, 0.75, 1)])


@pytest.mark.parametrize("ranking", ["layer", "global"])
def test_budgets_are_exact_and_removed_weights_zero(quiet, ranking):
    task = tiny_task()
    for each in run(task, quiet, ranking=ranking):
        masks, weights = masks_of(each), split(each.network())[0]
        assert sum(int(m.sum()) for m in masks.values()) == task.stored_weights(each.budget)
        assert all(bool((weights[n][~masks[n]] == 0).all()) for n in masks)


def test_masks_shrink_step_by_step_and_are_final_before_the_end(quiet, monkeypatch):
    task, seen = tiny_task(), []
    real = gradual.Gradual.__call__

    def watched(self, network):
        real(self, network)
        seen.append(torch.cat([m.flatten() for m in self.masks().values()]))
        zero = torch.cat([p.flatten() for p in network.parameters() if p.dim() > 1]) == 0
        assert bool((zero | seen[-1]).all())

    monkeypatch.setattr(gradual.Gradual, "__call__", watched)
    run(task, quiet, [1 / 8])
    counts = [int(mask.sum()) for mask in seen]
    assert all(bool((before | ~after).all()) for before, after in pairwise(seen))
    assert len(set(counts)) > 5
    end = int(0.75 * len(seen))
    assert counts[end // 2] > counts[end - 1] == counts[-1] == task.stored_weights(1 / 8)


def test_a_training_that_was_killed_ends_in_the_same_bytes(quiet, monkeypatch):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    (whole,) = run(task, elsewhere(quiet, "whole"), [1 / 8], start)
    monkeypatch.setattr(resume, "SAVE_EVERY", 0.0)
    with pytest.raises(Killed):
        run(task, dying(quiet, 3), [1 / 8], start)
    rest = dying(quiet, 0)
    (again,) = run(task, rest, [1 / 8], start)
    assert len(rest.told) == 2  # epochs; two had been saved
    for name, weight in split(whole.network())[0].items():
        assert torch.equal(weight, split(again.network())[0][name])
    assert all(torch.equal(m, masks_of(again)[n]) for n, m in masks_of(whole).items())


def test_a_training_that_diverged_before_the_end_is_stored_within_the_budget(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    (stored,) = run(task, quiet, [1 / 8], start, learning_rate=1e30, ranking="global")
    assert stored.columns["diverged"]
    assert sum(int(mask.sum()) for mask in masks_of(stored).values()) == task.stored_weights(1 / 8)


def test_each_budget_is_a_training_of_its_own(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    _, both = run(task, quiet.at("both"), start=start)
    (alone,) = run(task, quiet.at("alone"), [1 / 8], start)
    assert all(torch.equal(both.weights[n], w) for n, w in alone.weights.items())
