"""AutoSlim: the widest teaches the others, the path is greedy, targets are met or refused."""

import itertools

import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.pruning import kept_weights, swept
from helpers.slimmable import LENET, PLAIN, REAL, SPECS, WIDTHS, task
from helpers.tiny import recipe
from torch import nn

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.cli.main import main
from brainside.data.datasets import Split
from brainside.methods import han2015magnitude, reference
from brainside.methods import yu2019autoslim as autoslim
from brainside.methods import yu2019controls as controls
from brainside.methods.contract import Start, Weights
from brainside.methods.shared import supernet as judge
from brainside.networks import architectures, slimmable
from brainside.networks.allowance import target
from brainside.networks.weights import weight_count
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.representations.sizes import count
from brainside.training import loop, resume
from brainside.training.evaluation import evaluate


def chosen(**changes):
    # Without normalisation, LeNet-5 diverges at the rate that the other tests train with.
    return recipe(**{"held_out": 30, "learning_rate": 0.005, **changes})


def supernet(quiet, spec=PLAIN, **changes):
    (stored,) = run(autoslim.supernet, quiet.at("supernet"), [1.0], spec=spec, **changes)
    return stored


def trained_reference(quiet, spec):
    (stored,) = run(reference.sweep, quiet.at("reference"), [1.0], spec=spec)
    return stored


def run(method, quiet, budgets, *, spec=PLAIN, start=None, **changes):
    start = Start(start) if isinstance(start, Compressed) else start
    return tiny.run(method, task(spec), quiet, budgets, chosen(**changes), seed=1, start=start)


def test_the_file_holds_the_statistics_of_normalisation(quiet):
    stored = supernet(quiet)
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=1.0)
    test = task().data.test
    found, true = (
        evaluate(each.network(), test, "cross-entropy").loss for each in (decoded, stored)
    )
    assert found == true
    norm = decoded.network()[1]
    assert float(norm.running_mean.abs().sum()) > 0
    assert count(decoded, (1, 8, 8))["weights"] == weight_count(PLAIN)


def test_the_widest_learns_labels_and_the_others_learn_the_widest():
    network, data = architectures.build(PLAIN, seed=1), task().data.train
    places = torch.tensor([4, 8, 1])
    loss = autoslim.sandwich(PLAIN["widths"], 9)(
        network, data.images[places], data.labels[places], places)  # fmt: skip
    drawn = torch.Generator().manual_seed(derive(9, 4, 1))
    widths = [slimmable.draw_widths(PLAIN["widths"], drawn) for _ in range(2)]
    whole = slimmable.forward_at(network, data.images[places], PLAIN["widths"])
    by_hand = torch.nn.functional.cross_entropy(whole, data.labels[places])
    for each in [[2, 2, 4], *widths]:
        narrow = slimmable.forward_at(network, data.images[places], each)
        by_hand = by_hand - (whole.softmax(1).detach() * narrow.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(loss, by_hand)


def test_held_out_images_are_not_trained_with(quiet):
    data = task().data.train
    seen, apart = judge.training_part(data, 30), judge.held_out_part(data, 30)
    assert len(seen.labels) == 60 and len(apart.labels) == 30
    assert torch.equal(torch.cat([seen.images, apart.images]), data.images)


def by_brute_force(network, spec, widths, apart: Split) -> dict[tuple, float]:
    """Losses of the real networks with one group less in one layer, by their widths."""
    found = {}
    for place, whole in enumerate(spec["widths"]):
        less = [*widths]
        less[place] -= whole // 12
        if less[place] >= whole // 6:
            statistics = slimmable.recalibrated(network, apart.images, less)
            small = slimmable.extracted(network, spec, slimmable.first(less), statistics)
            found[tuple(less)] = evaluate(small, apart, "cross-entropy").loss
    return found


@SPECS
def test_every_step_removes_the_group_that_hurts_least(quiet, spec):
    network, whole = supernet(quiet, spec, epochs=6).network(), task(spec)
    least = slimmable.cost(spec, spec["widths"]) // 8
    path = autoslim.search(network, whole, least, chosen(), quiet)
    apart = judge.held_out_part(whole.data.train, 30)
    for before, after in zip(path, path[1:], strict=False):
        losses = by_brute_force(network, spec, before.widths, apart)
        assert min(losses, key=losses.get) == tuple(after.widths)
        assert after.loss == pytest.approx(min(losses.values()), rel=1e-4)
    assert [step.cost for step in path] == [slimmable.cost(spec, step.widths) for step in path]
    assert path[-1].cost <= least < path[-2].cost


def test_of_equal_losses_the_cheaper_network_is_taken(quiet):
    network, whole = architectures.build(PLAIN, seed=1), task()
    nn.init.zeros_(network[-1].weight)  # no width matters
    path = autoslim.search(network, whole, 0.9 * slimmable.cost(PLAIN, PLAIN["widths"]),
                           chosen(), quiet)  # fmt: skip
    for before, after in zip(path, path[1:], strict=False):
        options = slimmable.thinner(before.widths, PLAIN["widths"])
        assert after.cost == min(slimmable.cost(PLAIN, each) for each in options)


def test_a_score_in_bfloat16_is_nearly_that_in_float32(quiet):
    network, data = supernet(quiet, epochs=6).network(), task().data.train
    half = Split(data.images.bfloat16(), data.labels)
    exact, rough = (judge.loss_at(network, WIDTHS, each) for each in (data, half))
    assert exact == pytest.approx(rough, rel=0.02) and exact != rough


def test_a_search_that_was_killed_goes_on_with_the_next_step(quiet):
    network, whole = supernet(quiet).network(), task()
    least = slimmable.cost(PLAIN, PLAIN["widths"]) // 2
    path = autoslim.search(network, whole, least, chosen(), quiet.at("whole"))
    calls = []

    def killed(*args):
        calls.append(args)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return judge.loss_at(*args)

    with pytest.raises(KeyboardInterrupt):
        autoslim.search(network, whole, least, chosen(), quiet, score=killed)
    assert autoslim.search(network, whole, least, chosen(), quiet, score=killed) == path
    assert len(calls) < 8 + 1 + 3 * (len(path) - 1)


def test_a_supernets_training_that_was_killed_ends_in_the_same_bytes(quiet, monkeypatch):
    whole = supernet(elsewhere(quiet, "whole"), epochs=4)
    monkeypatch.setattr(resume, "SAVE_EVERY", 0.0)
    with pytest.raises(Killed):
        supernet(dying(quiet, 3), epochs=4)
    again = supernet(quiet, epochs=4)
    assert all(torch.equal(w, again.weights[name]) for name, w in whole.weights.items())


METHODS = [autoslim.sweep, controls.uniform, controls.random_widths, controls.channel_magnitude]
SAID = {"supernet_loss", "supernet_valid_error", "supernet_valid_loss"}


@pytest.mark.parametrize("method", METHODS)
@SPECS
def test_targets_are_met_and_nearly_used_up(quiet, method, spec):
    pruned = method is controls.channel_magnitude
    start = trained_reference(quiet, spec) if pruned else supernet(quiet, spec)
    whole = slimmable.cost(spec, spec["widths"])
    for stored in run(method, quiet, [1 / 2, 1 / 4], spec=spec, start=start):
        found, widths = count(stored, spec["image"])["multiply_adds"], stored.spec["widths"]
        assert 0.8 * stored.budget * whole < found <= stored.budget * whole
        assert found == slimmable.cost(spec, widths)
        for place in range(3):  # no channel more would fit
            more = [width + (n == place) for n, width in enumerate(widths)]
            full = widths[place] == spec["widths"][place]
            assert full or slimmable.cost(spec, more) > int(stored.budget * whole)
        assert [int(w) for w in stored.columns["widths"].split()] == widths
        assert (stored.columns.keys() >= SAID) is not pruned
        if method is autoslim.sweep:
            path = stored.columns["path"].split(";")
            costs = [int(n) for n in stored.columns["path_multiply_adds"].split()]
            assert costs[-1] <= stored.budget * whole < costs[-2]
            last = [int(width) for width in path[-1].split()]
            assert all(a >= b for a, b in zip(widths, last, strict=True))
            assert len(path) == len(costs) == len(stored.columns["path_losses"].split())


def test_the_supernets_columns_are_the_searchs_score_and_its_validation(quiet):
    start, whole = supernet(quiet), task()
    network = start.network()
    apart = judge.held_out_part(whole.data.train, 30)
    (stored,) = run(controls.uniform, quiet, [1 / 2], start=start)
    widths = stored.spec["widths"]
    small = judge.slimmed(network, PLAIN, widths, whole.data)
    found = evaluate(small, whole.data.valid, "cross-entropy")
    assert stored.columns["supernet_loss"] == pytest.approx(judge.loss_at(network, widths, apart))
    assert stored.columns["supernet_valid_loss"] == pytest.approx(found.loss)
    assert stored.columns["supernet_valid_error"] == found.error


def without_numbers(stored):
    for weight in stored.weights.values():
        weight[:] = torch.nan
    return stored


@pytest.mark.parametrize("method", METHODS[:3])
def test_a_diverged_supernet_is_refused_before_anything_is_trained(quiet, method, monkeypatch):
    start = without_numbers(supernet(quiet))
    monkeypatch.setattr(loop, "train", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(Refused, match=r"diverged: its loss at widths \[12, 12, 24\]"):
        run(method, quiet, [1 / 2], start=start)


def test_a_width_without_a_finite_loss_is_not_taken(quiet):
    def broken(network, widths, apart):
        return judge.loss_at(network, widths, apart) if widths[0] == 12 else float("inf")

    least = slimmable.cost(PLAIN, PLAIN["widths"]) // 2
    network = supernet(quiet).network()
    path = autoslim.search(network, task(), least, chosen(), quiet, score=broken)
    assert all(step.widths[0] == 12 for step in path)


def test_a_loss_that_is_no_number_is_infinite(quiet):
    network = without_numbers(supernet(quiet)).network()
    assert judge.loss_at(network, WIDTHS, task().data.train) == float("inf")


def test_the_time_of_the_search_is_told(quiet, capsys):
    least = slimmable.cost(PLAIN, PLAIN["widths"]) // 2
    path = autoslim.search(supernet(quiet).network(), task(), least, chosen(), quiet)
    assert f"search ended: {len(path) - 1} steps in " in capsys.readouterr().err


@pytest.mark.parametrize("method", METHODS)
def test_targets_are_all_looked_at_before_anything_is_trained(quiet, method, monkeypatch):
    start = trained_reference(quiet, PLAIN) if method is METHODS[3] else supernet(quiet)
    monkeypatch.setattr(loop, "train", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(Refused, match=r"budget 0\.001 is \d+ multiply-adds; the narrowest has"):
        run(method, quiet, [1 / 2, 0.001], start=start)


TARGETS = [1 / 2, 1 / 4, 1 / 8, 1 / 16]


@pytest.mark.parametrize(
    ("spec", "exact"),
    [
        ("cifar10/slim", [[17, 17, 34, 33, 67, 68], [12, 12, 23, 23, 48, 47],
                          [8, 8, 17, 16, 34, 34], [6, 6, 11, 11, 23, 22]]),
        ("fashion/slim-lenet5", [[13, 36, 359], [9, 24, 248], [6, 16, 175], [4, 10, 127]]),
    ],
)  # fmt: skip
def test_uniform_widths_of_the_real_networks(spec, exact):
    spec = REAL[spec]
    for budget, widths in zip(TARGETS, exact, strict=True):
        allowed = target(spec, budget)
        assert controls.even(spec, allowed) == widths
        assert 0.995 * allowed < slimmable.cost(spec, widths) <= allowed


@pytest.mark.parametrize("spec", REAL.values(), ids=REAL)
@pytest.mark.parametrize("budget", TARGETS)
def test_uniform_widths_of_equal_weights_are_even_and_have_room_for_less_than_a_channel(
    spec, budget
):
    widest = spec["widths"]
    allowed = int(budget * weight_count(spec))
    widths = controls.even(spec, allowed, slimmable.weights)
    found = weight_count({**spec, "widths": widths})
    assert found <= allowed
    parts = [width / whole for width, whole in zip(widths, widest, strict=True)]
    assert max(parts) - min(parts) <= 1 / min(widest)
    for place in range(len(widths)):
        more = [width + (n == place) for n, width in enumerate(widths)]
        assert weight_count({**spec, "widths": more}) > allowed


def test_networks_of_equal_weights_are_trained_from_scratch_at_the_weights_given(quiet):
    given = {1 / 2: 700, 1 / 8: 2_000}
    found = run(controls.uniform_weights, quiet, list(given), start=Weights(given))
    for stored, (budget, allowed) in zip(found, given.items(), strict=True):
        widths = [int(width) for width in stored.columns["widths"].split()]
        assert stored.budget == budget and widths == stored.spec["widths"]
        assert 0.9 * allowed < count(stored, (1, 8, 8))["weights"] <= allowed


@pytest.mark.parametrize("spec", REAL.values(), ids=REAL)
@pytest.mark.parametrize("budget", TARGETS)
def test_searched_and_pruned_widths_of_the_real_networks_use_their_targets_up(spec, budget):
    allowed = target(spec, budget)
    for seed in range(10):
        generator, path = torch.Generator().manual_seed(seed), [spec["widths"]]
        while slimmable.cost(spec, path[-1]) > allowed:
            options = list(slimmable.thinner(path[-1], spec["widths"]))
            path.append(options[int(torch.randint(len(options), (), generator=generator))])
        found = autoslim.given_back(path, spec, allowed)
        assert all(a >= b for a, b in zip(found, path[-1], strict=True))
        assert 0.98 * allowed < slimmable.cost(spec, found) <= allowed
    kept = controls.strongest(architectures.build(spec, seed=1), spec, allowed)
    assert 0.98 * allowed < slimmable.cost(spec, [len(each) for each in kept]) <= allowed


def test_channels_are_given_back_to_the_layer_that_was_thinned_last():
    spec = {**PLAIN, "widths": [24, 24, 48]}
    path = [[24, 24, 48], [24, 24, 44], [24, 22, 44], [22, 22, 44]]
    # One of the first; then one more of it or of the second would be too much.
    allowed = slimmable.cost(spec, [23, 22, 45])
    assert autoslim.given_back(path, spec, allowed) == [23, 22, 45]


def test_asking_for_fewer_targets_changes_none(quiet):
    start = supernet(quiet)
    both = run(autoslim.sweep, type(quiet)("b", quiet.folder / "b"), [1 / 2, 1 / 4], start=start)
    (alone,) = run(autoslim.sweep, type(quiet)("c", quiet.folder / "c"), [1 / 2], start=start)
    assert both[0].columns == alone.columns
    assert all(torch.equal(w, alone.weights[name]) for name, w in both[0].weights.items())


def test_it_is_refused_before_the_supernet_is_trained(project, monkeypatch, capsys):
    monkeypatch.setattr(loop, "train", lambda *_, **__: pytest.fail("trained"))
    project.config["experiments"][1] |= {"methods": ["autoslim"], "budgets": ["1/2", "1/1000"]}
    project.write()
    with pytest.raises(SystemExit):
        main(["sweep", "config/quick", "digits/slim", "supernet", "--seed", "0"])
    assert "budget 0.001 is" in capsys.readouterr().err


NEAR = [1 / 8, 0.1249, 0.1248, 0.1247, 0.1246, 0.1245, 0.1244, 0.1243]


@pytest.mark.parametrize("spec", REAL.values(), ids=REAL)
def test_random_widths_at_one_target_are_all_different(spec):
    widest, every = spec["widths"], []
    for seed in range(3):
        found = controls.random_at(spec, NEAR, NEAR, seed=seed)
        for budget, widths in found.items():
            allowed = target(spec, budget)
            assert 0.97 * allowed <= slimmable.cost(spec, widths) <= allowed
        for one, other in itertools.combinations(found.values(), 2):  # a group apart
            layers = zip(one, other, widest, strict=True)
            assert any(12 * abs(a - b) >= whole for a, b, whole in layers)
        every += found.values()
    # LeNet-5 has 69 pairs of convolutions at this target: supernets may be asked about one twice.
    assert len({tuple(widths) for widths in every}) >= (24 if len(widest) > 3 else 20)


@pytest.mark.parametrize("spec", REAL.values(), ids=REAL)
def test_random_widths_do_not_depend_on_which_budgets_are_left_to_train(spec):
    whole = controls.random_at(spec, NEAR, NEAR, seed=0)
    assert controls.random_at(spec, NEAR[5:6], NEAR, seed=0)[NEAR[5]] == whole[NEAR[5]]
    assert controls.random_at(spec, NEAR[:3], NEAR[:3], seed=0).items() <= whole.items()


@pytest.mark.parametrize("budget", TARGETS)
@pytest.mark.parametrize("spec", REAL.values(), ids=REAL)
def test_random_widths_are_as_near_to_every_target(spec, budget):
    allowed = target(spec, budget)
    found = [controls.random_within(spec, allowed, seed=seed) for seed in range(5)]
    assert all(0.97 * allowed <= slimmable.cost(spec, widths) <= allowed for widths in found)


def test_where_no_random_widths_are_new_or_near_they_are_refused():
    spec = {**PLAIN, "widths": [4, 4]}
    with pytest.raises(Refused, match="of 1000 random widths none is new"):
        controls.random_within(spec, target(spec, 1), [[4, 4]], seed=0)


@SPECS
@pytest.mark.parametrize("ranking", ["global", "layer"])
def test_magnitude_pruning_of_weights_works_on_these_networks_too(quiet, spec, ranking):
    start = trained_reference(quiet, spec)
    for stored in swept(han2015magnitude.sweep, task(spec), quiet, start=start, ranking=ranking,
                        learning_rate=0.005):  # fmt: skip
        assert kept_weights(stored) == task(spec).stored_weights(stored.budget)
        decoded, test = checkpoint.decode(checkpoint.encode(stored)), task(spec).data.test
        decoded, stored = decoded.network(), stored.network()
        losses = [evaluate(each, test, "cross-entropy").loss for each in (decoded, stored)]
        assert losses[0] == losses[1] < 100
        normal = [layer for layer in decoded if isinstance(layer, nn.BatchNorm2d)]
        assert all(float(layer.running_mean.abs().sum()) > 0 for layer in normal)


def test_channels_of_least_weight_go_first():
    network = architectures.build(PLAIN, seed=1)
    with torch.no_grad():
        network[0].weight[5] *= 0.01
        network[3].weight[2] *= 0.02
    allowed = slimmable.cost(PLAIN, [11, 11, 24])
    kept = controls.strongest(network, PLAIN, allowed)
    assert 5 not in kept[0].tolist() and 2 not in kept[1].tolist()


def test_hidden_units_of_least_weight_go_too():
    network = architectures.build(LENET, seed=1)
    with torch.no_grad():
        network[5].weight[[3, 17]] *= 0.01
    kept = controls.strongest(network, LENET, slimmable.cost(LENET, [12, 12, 22]))
    assert [len(each) for each in kept] == [12, 12, 22]
    assert not {3, 17} & set(kept[2].tolist())
