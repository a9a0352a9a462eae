"""Pruning: exactly k weights whatever the ties, masks that only shrink, weights that stay zero."""

import math
from itertools import pairwise

import pytest
import torch
from helpers.pruning import BUDGETS, kept_weights, swept, trained_reference
from helpers.tiny import tiny_task
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.methods import blalock2020random, han2015magnitude
from brainside.methods.shared import pruning
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.plain import masks_of, of_dense
from brainside.training import loop

RANKINGS = ["global", "layer"]


@st.composite
def layers(draw, ties=True):
    """Scores of some layers, mostly tied, and how many weights they have."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    values = st.sampled_from([0.0, 1.0, 2.0]) if ties else st.floats(0, 1, allow_subnormal=False)
    scores = {
        f"{place}.weight": torch.tensor([draw(values) for _ in range(size)], dtype=torch.float64)
        for place, size in enumerate(sizes)
    }
    return scores, sum(sizes)


def all_of(scores):
    return {name: torch.ones_like(score, dtype=torch.bool) for name, score in scores.items()}


def alive(masks) -> int:
    return sum(int(mask.sum()) for mask in masks.values())


@pytest.mark.parametrize("ranking", RANKINGS)
@given(data=st.data())
def test_exactly_as_many_are_kept_as_asked_for_whatever_the_ties(ranking, data):
    scores, total = data.draw(layers())
    kept = data.draw(st.integers(0, total))
    assert alive(pruning.keep(scores, all_of(scores), kept, ranking=ranking)) == kept


@pytest.mark.parametrize("ranking", RANKINGS)
def test_exactly_as_many_are_kept_when_all_scores_are_equal(ranking):
    scores = {"a": torch.zeros(4, 5), "b": torch.zeros(3, 3)}
    masks = pruning.keep(scores, all_of(scores), 7, ranking=ranking)
    assert alive(masks) == 7
    assert {name: mask.shape for name, mask in masks.items()} == {"a": (4, 5), "b": (3, 3)}


@pytest.mark.parametrize("ranking", RANKINGS)
@given(data=st.data())
def test_decreasing_budgets_keep_exactly_as_many_and_never_revive_a_weight(ranking, data):
    scores, total = data.draw(layers())
    masks = all_of(scores)
    steps = data.draw(st.lists(st.integers(0, total), min_size=1, max_size=4))
    for kept in sorted(steps, reverse=True):
        scores = {name: score.roll(kept) for name, score in scores.items()}  # retraining moves them
        before, masks = masks, pruning.keep(scores, masks, kept, ranking=ranking)
        assert all(bool((masks[name] <= before[name]).all()) for name in masks)
        assert alive(masks) == kept


def test_a_layers_share_that_grows_when_the_total_shrinks_does_not_lose_a_weight():
    # Largest remainders give the small layer 1 of 11 but 2 of 10: the Alabama paradox.
    scores = {"a": torch.ones(6), "b": torch.ones(6), "c": torch.ones(2)}
    masks = pruning.keep(scores, all_of(scores), 11, ranking="layer")
    assert alive(pruning.keep(scores, masks, 10, ranking="layer")) == 10


def test_an_unknown_ranking_is_refused():
    scores = {"a": torch.zeros(4)}
    with pytest.raises(Refused, match="ranking 'layr' is not known; write one of global, "):
        pruning.keep(scores, all_of(scores), 2, ranking="layr")


@given(data=st.data())
def test_global_ranking_is_what_sorting_all_weights_by_hand_gives(data):
    scores, total = data.draw(layers())
    kept = data.draw(st.integers(0, total))
    flat = [(-float(s), place) for place, s in enumerate(torch.cat(list(scores.values())))]
    expected = {place for _, place in sorted(flat)[:kept]}
    masks = pruning.keep(scores, all_of(scores), kept, ranking="global")
    assert set(torch.cat(list(masks.values())).nonzero().flatten().tolist()) == expected


@given(data=st.data())
def test_layer_ranking_keeps_the_best_of_each_layer_in_equal_proportions(data):
    scores, total = data.draw(layers())
    kept = data.draw(st.integers(0, total))
    masks = pruning.keep(scores, all_of(scores), kept, ranking="layer")
    for name, mask in masks.items():
        assert abs(int(mask.sum()) - kept * mask.numel() / total) < 1
        least = scores[name][mask].min() if mask.any() else math.inf
        assert not (~mask).any() or scores[name][~mask].max() <= least


def test_the_layers_of_a_stored_network_are_in_their_order():
    # Files hold tensors by name, where 11 comes before 3.
    network = architectures.build({"name": "mlp", "sizes": [3] * 8}, seed=0)
    stored = of_dense(network, {"name": "mlp", "sizes": [3] * 8}, budget=1)
    decoded = checkpoint.decode(checkpoint.encode(stored))
    assert list(masks_of(decoded)) == list(split(network)[0])


@given(data=st.data())
@settings(max_examples=50)
def test_global_masks_without_ties_are_those_of_torchs_own_pruning(data):
    scores, total = data.draw(layers(ties=False))
    flat = torch.cat(list(scores.values()))
    assume(len(flat.unique()) == total > 1)
    kept = data.draw(st.integers(1, total))
    modules = nn.ModuleList(nn.Linear(len(score), 1, bias=False) for score in scores.values())
    for module, score in zip(modules, scores.values(), strict=True):
        module.weight = nn.Parameter(score[None])
    prune.global_unstructured([(m, "weight") for m in modules], prune.L1Unstructured,
                              amount=total - kept)  # fmt: skip
    masks = pruning.keep(scores, all_of(scores), kept, ranking="global")
    for module, mask in zip(modules, masks.values(), strict=True):
        assert getattr(module, "weight_mask", torch.ones(1, len(mask))).bool()[0].equal(mask)


@pytest.mark.parametrize("method", [han2015magnitude.sweep, blalock2020random.sweep])
@pytest.mark.parametrize("changes", [{}, {"ranking": "layer"}, {"iterative": False}], ids=str)
def test_removed_weights_are_zero_in_the_file_in_spite_of_momentum_and_decay(
    quiet, method, changes
):
    task = tiny_task()
    masks = masks_of(trained_reference(task, quiet))
    for stored in swept(method, task, quiet, momentum=0.9, weight_decay=0.1, l1=0.01, **changes):
        decoded = checkpoint.decode(checkpoint.encode(stored))
        before, masks = masks, masks_of(decoded)
        assert kept_weights(decoded) == alive(masks) == task.stored_weights(stored.budget)
        assert changes.get("iterative") is False or all(
            bool((masks[name] <= before[name]).all()) for name in masks
        )
        weights, biases = split(decoded.network())
        assert all(not weights[name][~masks[name]].any() for name in weights)
        assert all(bool(bias.all()) for bias in biases.values())  # trained, and none removed


def test_the_network_in_training_is_the_masked_one_to_the_last_step(quiet, monkeypatch):
    ended, start, train = [], trained_reference(tiny_task(), quiet), loop.train

    def watched(network, *args, **kwargs):
        found = train(network, *args, **kwargs)
        ended.append({n: p.detach().clone() for n, p in network.named_parameters()})
        return found

    monkeypatch.setattr(loop, "train", watched)
    for number, stored in enumerate(swept(han2015magnitude.sweep, tiny_task(), quiet, start=start)):
        decoded = dict(stored.network().named_parameters())
        assert all(torch.equal(decoded[name], p) for name, p in ended[number].items())


@pytest.mark.parametrize("budget", [1, 1 / 3, 0.3, 0.1, 1 / 152])
def test_no_more_weights_are_stored_than_the_whole_part_of_the_budget(quiet, budget):
    task = tiny_task()
    (stored,) = swept(han2015magnitude.sweep, task, quiet, [budget])
    total = task.reference_weights
    assert kept_weights(stored) == max(k for k in range(total + 1) if k / total <= budget + 1e-12)
    assert len(stored.biases) == 2


def test_iterative_pruning_goes_on_from_the_budget_before_and_one_shot_from_the_reference(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet)
    untrained = {"learning_rate": 1e-30, "weight_decay": 0.0, "start": start}
    for iterative in (True, False):
        totals = [s.columns["epochs_total"] for s in swept(
            han2015magnitude.sweep, task, quiet, iterative=iterative, **untrained)]  # fmt: skip
        assert totals == ([3, 4, 5] if iterative else [3, 3, 3])
    random = [masks_of(s) for s in swept(blalock2020random.sweep, task, quiet, **untrained)]
    assert all((b[n] <= a[n]).all() for a, b in pairwise(random) for n in b)
    again = [masks_of(s) for s in swept(blalock2020random.sweep, task, quiet, iterative=False,
                                        **untrained)]  # fmt: skip
    assert not all((b[n] <= a[n]).all() for a, b in pairwise(again) for n in b)


def test_magnitude_pruning_without_training_keeps_the_references_largest_weights(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet)
    (stored,) = swept(han2015magnitude.sweep, task, quiet, [1 / 4], start=start,
                      learning_rate=1e-30, weight_decay=0.0)  # fmt: skip
    weights = torch.cat([w.flatten().abs() for w in split(start.network())[0].values()])
    found = torch.cat([w.flatten().abs() for w in split(stored.network())[0].values()])
    largest = weights.topk(task.stored_weights(1 / 4)).values
    assert torch.equal(found[found > 0].sort(descending=True).values, largest)


def test_a_trajectory_resumed_from_a_file_ends_in_the_same_bytes(quiet):
    task = tiny_task()
    whole = [checkpoint.encode(s) for s in swept(han2015magnitude.sweep, task, quiet)]
    resume = checkpoint.decode(whole[0], budget=1 / 2)
    resume.columns["epochs_total"] = 3
    rest = swept(han2015magnitude.sweep, task, quiet, BUDGETS[1:], resume=resume)
    assert [checkpoint.encode(s) for s in rest] == whole[1:]


def test_random_masks_are_those_drawn_from_the_seed_and_the_budget_alone(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet)
    (stored,) = swept(blalock2020random.sweep, task, quiet, [1 / 4], start=start)
    mask = torch.cat([m.flatten() for m in masks_of(stored).values()])
    generator = torch.Generator().manual_seed(derive(3, "mask", "0.25"))
    drawn = torch.cat([torch.rand(w.shape, generator=generator).flatten()
                       for w in split(start.network())[0].values()])  # fmt: skip
    assert (
        mask.nonzero().flatten().tolist() == drawn.topk(int(mask.sum())).indices.sort()[0].tolist()
    )


def test_a_masked_network_computes_what_the_physically_smaller_one_does(quiet):
    task = tiny_task({"name": "mlp", "sizes": [16, 12, 3]})
    (stored,) = swept(han2015magnitude.sweep, task, quiet, [1 / 10])
    network = stored.network()
    first, last = network[1], network[3]
    entered, read = first.weight.any(1), last.weight.any(0)
    assert not (entered & read).all()  # some unit is dead
    small = architectures.build({"name": "mlp", "sizes": [16, int(read.sum()), 3]})
    with torch.no_grad():
        small[1].weight.copy_(first.weight[read])
        small[1].bias.copy_(first.bias[read])
        small[3].weight.copy_(last.weight[:, read])
        small[3].bias.copy_(last.bias)
        images = task.data.test.images
        assert torch.allclose(network(images), small.eval()(images), atol=1e-6)
