"""Masks chosen with the code length of their positions, and removal of whole units."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.coded import same
from helpers.project import rows_of
from helpers.pruning import BUDGETS, kept_weights, swept, trained_reference
from helpers.tiny import recipe, tiny_task
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.coding import bounds, codec, quantising
from brainside.coding.settings import Setting
from brainside.methods import han2015magnitude, rateaware
from brainside.methods.contract import Point
from brainside.methods.shared import pruning
from brainside.networks.parameters import split
from brainside.representations import checkpoint, margins
from brainside.representations.plain import masks_of

MASKS = arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))
WIDE = {"name": "mlp", "sizes": [16, 12, 8, 3]}
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [6, 9], "kernel": 3, "hidden": [],
        "classes": 3}  # fmt: skip
specs = pytest.mark.parametrize("spec", [WIDE, CONV], ids=["mlp", "convnet"])


def scores_of(*shapes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {f"{n}.weight": torch.randn(s, generator=generator).abs() for n, s in enumerate(shapes)}


def everything(scores):
    return {name: torch.ones_like(s, dtype=torch.bool) for name, s in scores.items()}


def point(kept: int, **chosen) -> Point:
    """A budget of so many weights."""
    progress = Progress("test", Path("unused"))
    task = tiny_task({"name": "mlp", "sizes": [100, 100, 10]}, n=3)
    return Point(
        task, kept / task.reference_weights, recipe(ranking="global", **chosen), 3, progress
    )


def deletion(method, task, quiet, budgets=BUDGETS, **changes):
    return swept(method, task, quiet, budgets, **{"epochs": 0, **changes})


# The model of margins.


@given(MASKS)
def test_probabilities_have_the_counts_of_rows_and_columns(mask):
    p = margins.probabilities(mask)
    assert ((p >= 0) & (p <= 1)).all()
    np.testing.assert_allclose(p.sum(0), mask.sum(0), atol=1e-4)
    np.testing.assert_allclose(p.sum(1), mask.sum(1), atol=0.1)


@given(MASKS)
def test_the_bits_of_a_mask_are_the_bound_that_codings_are_compared_with(mask):
    p = margins.probabilities(mask)
    with np.errstate(divide="ignore"):
        bits = -np.where(mask, np.log2(p), np.log2(1 - p)).sum()
    assert bits == pytest.approx(bounds.of_margins(mask), abs=1)


def test_dense_rows_and_columns_make_positions_cheap_and_empty_ones_dear():
    rows, columns = torch.linspace(0.1, 0.8, 30)[:, None], torch.linspace(0.2, 1, 40)
    mask = torch.rand(30, 40, generator=torch.Generator().manual_seed(0)) < rows * columns
    mask[:, 7] = False
    bits = rateaware.position_bits(mask)
    assert (bits[:, 7] - math.log2(1200)).abs().max() < 1e-9
    cheapest = bits[:, [n for n in range(40) if n != 7]].mean(1).argsort().tolist()
    counts = mask.sum(1)[cheapest]
    assert (counts.diff() <= 0).all() and (bits < 0).any() and (bits > 0).any()


def test_of_a_uniform_mask_all_positions_cost_the_same():
    mask = torch.tensor(np.roll(np.tile([True, False, False, False], (4, 1)), 1, axis=1))
    for row in range(4):
        mask[row] = mask[row].roll(row)
    np.testing.assert_allclose(rateaware.position_bits(mask), math.log2(3), rtol=1e-5)


# The choice.


@given(kept=st.integers(1, 150), seed=st.integers(0, 9), tied=st.booleans())
@settings(max_examples=40)
def test_a_trade_off_of_zero_is_magnitude_pruning_whatever_the_ties(kept, seed, tied):
    scores = scores_of((9, 12), (5, 9), seed=seed)
    if tied:
        scores = {name: (s * 2).round() for name, s in scores.items()}
    at = point(kept, tradeoff=0)
    masks = rateaware.choice(scores, everything(scores), at)
    expected = pruning.keep(scores, everything(scores), at.weights, ranking="global")
    assert all(torch.equal(masks[name], expected[name]) for name in scores)


def test_magnitudes_whose_squares_are_equal_in_single_precision_keep_their_order():
    near = torch.tensor([[1e-30, 2e-30, 3e-30, 1.0]])
    assert not near.square()[0, :3].any()
    masks = rateaware.choice(
        {"0.weight": near}, everything({"0.weight": near}), point(2, tradeoff=0)
    )
    assert masks["0.weight"].tolist() == [[False, False, True, True]]


@given(tradeoff=st.floats(0, 4), kept=st.integers(1, 150), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_every_layer_keeps_as_many_as_magnitude_pruning_and_none_comes_back(tradeoff, kept, seed):
    scores = scores_of((9, 12), (5, 9), seed=seed)
    before = pruning.keep(scores_of((9, 12), (5, 9), seed=99), everything(scores), 120,
                          ranking="global")  # fmt: skip
    at = point(kept, tradeoff=tradeoff)
    masks = rateaware.choice(scores, before, at)
    assert pruning.alive(masks) == pruning.alive(
        pruning.keep(scores, before, at.weights, ranking="global")
    )
    assert all(bool((masks[name] <= before[name]).all()) for name in masks)


def test_one_round_is_the_recipe_written_out_by_hand(monkeypatch):
    monkeypatch.setattr(rateaware, "ROUNDS", 1)
    scores, tradeoff, k = scores_of((10, 14)), 0.3, 40
    masks = rateaware.choice(scores, everything(scores), point(k, tradeoff=tradeoff))
    w = scores["0.weight"].double().numpy()
    least = np.sort(w.ravel())[-k]
    p = margins.probabilities(w >= least)
    with np.errstate(divide="ignore"):
        bits = np.clip(np.log2((1 - p) / p), -math.log2(w.size), math.log2(w.size))
    value = w**2 - tradeoff * least**2 * bits
    expected = np.zeros(w.size, bool)
    expected[np.argsort(-value, axis=None)[:k]] = True
    assert np.array_equal(masks["0.weight"].numpy().ravel(), expected)


def test_the_larger_the_trade_off_the_fewer_the_bits_and_the_less_the_weight():
    scores = scores_of((60, 80))
    bits, weight = [], []
    for tradeoff in (0.0, 0.1, 0.3, 1.0):
        masks = rateaware.choice(scores, everything(scores), point(480, tradeoff=tradeoff))
        mask = masks["0.weight"]
        bits.append(bounds.of_margins(mask.numpy()))
        weight.append(float(scores["0.weight"][mask].square().sum()))
    assert bits == sorted(bits, reverse=True) and weight == sorted(weight, reverse=True)
    assert bits[-1] < 0.8 * bits[0]


def test_the_same_masks_in_whatever_unit_the_weights_are():
    scores = scores_of((20, 30), (5, 20))
    scaled = {name: s * 2.0**-7 for name, s in scores.items()}
    at = point(90, tradeoff=0.2)
    found = [rateaware.choice(s, everything(s), at) for s in (scores, scaled)]
    assert all(torch.equal(found[0][name], found[1][name]) for name in scores)


def test_a_trade_off_below_zero_is_refused_in_one_line_before_anything_is_trained(quiet, trainings):
    start = trained_reference(tiny_task(), quiet)
    trainings.clear()
    with pytest.raises(Refused, match="^tradeoff -0.1 of rate-aware masks is below zero; [^\n]*$"):
        swept(rateaware.sweep, tiny_task(), quiet, start=start, tradeoff=-0.1)
    assert not trainings


def test_a_trade_off_below_zero_is_refused_in_a_config(project):
    project.config["methods"]["rate-aware"]["params"]["tradeoff"] = -0.1
    with pytest.raises(Refused, match=r"rate-aware.*tradeoff: -0.1 is not allowed"):
        project.load()


# Trajectories.


@specs
@pytest.mark.parametrize("iterative", [True, False])
def test_a_trade_off_of_zero_gives_the_checkpoints_of_magnitude_pruning(quiet, spec, iterative):
    task = tiny_task(spec)
    start = trained_reference(task, quiet)
    ours = swept(rateaware.sweep, task, quiet, start=start, iterative=iterative, tradeoff=0.0)
    theirs = swept(han2015magnitude.sweep, task, quiet, start=start, iterative=iterative)
    assert [checkpoint.encode(s) for s in ours] == [checkpoint.encode(s) for s in theirs]


@specs
def test_masks_shrink_to_exactly_the_budget_and_weights_are_retrained(quiet, spec):
    task = tiny_task(spec)
    start = trained_reference(task, quiet)
    masks = masks_of(start)
    for stored in swept(rateaware.sweep, task, quiet, start=start, tradeoff=0.3):
        before, masks = masks, masks_of(stored)
        assert kept_weights(stored) == task.stored_weights(stored.budget)
        assert all(bool((masks[name] <= before[name]).all()) for name in masks)
    assert stored.columns["epochs_total"] == 5


def test_a_trajectory_resumed_from_a_file_ends_in_the_same_bytes(quiet):
    task = tiny_task(WIDE)
    whole = [checkpoint.encode(s) for s in swept(rateaware.sweep, task, quiet, tradeoff=0.2)]
    resume = checkpoint.decode(whole[0], budget=1 / 2)
    resume.columns["epochs_total"] = 3
    rest = swept(rateaware.sweep, task, quiet, BUDGETS[1:], resume=resume, tradeoff=0.2)
    assert [checkpoint.encode(s) for s in rest] == whole[1:]


def test_a_network_is_coded_and_decoded_as_it_is(quiet):
    (stored,) = swept(rateaware.sweep, tiny_task(WIDE), quiet, [1 / 4], tradeoff=0.3)
    for order in ("stored", "similarity"):
        setting = Setting(order=order)
        ordered, layers = quantising.prepared(stored, setting)
        assert same(codec.decode(codec.encode(ordered, layers, setting)), ordered)


# The control: whole units and inputs.


@specs
def test_what_is_left_has_all_the_connections_between_the_units_that_are_left(quiet, spec):
    for stored in deletion(rateaware.units, tiny_task(spec), quiet, iterative=True):
        for mask in masks_of(stored).values():
            flat = mask.flatten(1) if mask.dim() == 2 else mask.any(3).any(2)
            assert torch.equal(flat, flat.any(1, keepdim=True) & flat.any(0))
            assert bool(mask.any())


@specs
def test_units_fit_the_budget_and_one_more_would_not(quiet, spec):
    task = tiny_task(spec)
    start = trained_reference(task, quiet)
    largest = max(units_weights(masks_of(start)))
    for stored in deletion(rateaware.units, task, quiet, iterative=False, start=start):
        allowed = task.stored_weights(stored.budget)
        assert allowed - largest < kept_weights(stored) <= allowed


@specs
def test_the_biases_of_removed_units_are_zero_and_nothing_else_changes(quiet, spec):
    removed = 0
    for stored in deletion(rateaware.units, tiny_task(spec), quiet, iterative=True, epochs=1):
        masks, biases = list(masks_of(stored).values()), list(stored.biases.values())
        for bias, leaving in zip(biases[:-1], masks[1:], strict=True):
            used = leaving.view(len(leaving), len(bias), -1).any(2).any(0)
            assert not bias[~used].any() and bool(bias[used].all())
            removed += int((~used).sum())
    assert removed


def units_weights(masks):
    """How many weights enter or leave each unit of a whole network, one number per layer."""
    shapes = [mask.shape for mask in masks.values()]
    yield shapes[0].numel() // shapes[0][1]
    for entering, leaving in pairwise(shapes):
        yield (entering.numel() + leaving.numel()) // entering[0]


def test_the_smallest_unit_is_the_one_of_least_mean_square():
    scores = scores_of((4, 5), (3, 4))
    sizes = rateaware.unit_sizes(list(scores.values()), everything(scores))
    first, second = (s.double() for s in scores.values())
    inputs, hidden = sizes
    torch.testing.assert_close(inputs, first.square().mean(0))
    by_hand = [float(torch.cat([first[i], second[:, i]]).square().mean()) for i in range(4)]
    torch.testing.assert_close(hidden, torch.tensor(by_hand, dtype=torch.float64))


def test_units_that_do_not_matter_go_first():
    scores = scores_of((4, 5), (3, 4))
    scores["0.weight"][2] = scores["1.weight"][:, 2] = 1e-6
    masks = rateaware.whole_units(scores, everything(scores), point(24))
    assert masks["0.weight"].any(1).tolist() == masks["1.weight"].any(0).tolist()
    assert masks["0.weight"].any(1).tolist() == [True, True, False, True]
    assert pruning.alive(masks) == {"0.weight": 15, "1.weight": 9}


def test_a_budget_without_a_unit_is_refused():
    scores = scores_of((4, 5), (3, 4))
    assert pruning.alive(rateaware.whole_units(scores, everything(scores), point(4)))
    with pytest.raises(Refused, match="leaves a layer no unit; take a larger one"):
        rateaware.whole_units(scores, everything(scores), point(3))


def test_layers_that_are_not_in_a_row_are_refused(quiet):
    task = tiny_task({"name": "slimnet", "image": [1, 4, 4], "widths": [6, 6], "pool_after": [],
                      "classes": 3, "separable": True})  # fmt: skip
    with pytest.raises(Refused, match="removal of units takes"):
        swept(rateaware.units, task, quiet)


@pytest.mark.parametrize("name", ["rate-aware", "units"])
def test_the_quick_study_trains_it_on_digits(project, name):
    sweep = project.run(name, budgets=["1/4", "1/16"])
    rows = rows_of(sweep)
    total = 784 * 40 + 40 * 10
    for budget, row in rows.items():
        stored = checkpoint.read(sweep.checkpoint(budget), budget=budget)
        assert kept_weights(stored) == int(row["weights"]) <= int(budget * total)
        assert all(torch.isfinite(w).all() for w in split(stored.network())[0].values())
    assert float(rows[1 / 4]["valid_error"]) < 0.5
