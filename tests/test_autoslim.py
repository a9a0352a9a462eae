"""AutoSlim: the widest teaches the others, the path is greedy, targets are met or refused."""

import pytest
import torch
from conftest import recipe
from test_pruning import kept_weights, swept
from test_slimmable import LENET, PLAIN, SPECS, WIDTHS, task
from torch import nn

from brainside import keys, networks, slimmable
from brainside.cli.main import main
from brainside.coding import container, sizes
from brainside.data import Split
from brainside.errors import Refused
from brainside.evaluation import evaluate
from brainside.methods import han2015magnitude, reference
from brainside.methods import yu2019autoslim as autoslim
from brainside.methods import yu2019controls as controls
from brainside.networks import weight_count


def chosen(**changes):
    # Without normalisation, LeNet-5 diverges at the rate that the other tests train with.
    return recipe(**{"held_out": 30, "learning_rate": 0.005, **changes})


def supernet(quiet, spec=PLAIN, **changes):
    (stored,) = autoslim.supernet(
        task(spec), [1.0], settings=lambda _: chosen(**changes), seed=1, reference=None,
        resume=None, progress=quiet.at("supernet"))  # fmt: skip
    return stored


def trained_reference(quiet, spec):
    (stored,) = run(reference.sweep, quiet.at("reference"), [1.0], spec=spec)
    return stored


def run(method, quiet, budgets, *, spec=PLAIN, start=None, **changes):
    return list(method(task(spec), budgets, settings=lambda _: chosen(**changes), seed=1,
                       reference=start, resume=None, progress=quiet))  # fmt: skip


def test_the_file_holds_the_statistics_of_normalisation(quiet):
    stored = supernet(quiet)
    decoded = container.decode(container.encode(stored), budget=1.0)
    test = task().data.test
    found, true = (
        evaluate(each.network(), test, "cross-entropy").loss for each in (decoded, stored)
    )
    assert found == true
    norm = decoded.network()[1]
    assert float(norm.running_mean.abs().sum()) > 0
    assert sizes.count(decoded, (1, 8, 8))["weights"] == weight_count(PLAIN)


def test_the_widest_learns_labels_and_the_others_learn_the_widest():
    network, data = networks.build(PLAIN, seed=1), task().data.train
    places = torch.tensor([4, 8, 1])
    loss = autoslim.sandwich(PLAIN["widths"], 9)(
        network, data.images[places], data.labels[places], places)  # fmt: skip
    drawn = torch.Generator().manual_seed(keys.derive(9, 4, 1))
    widths = [slimmable.draw_widths(PLAIN["widths"], drawn) for _ in range(2)]
    whole = slimmable.forward_at(network, data.images[places], PLAIN["widths"])
    by_hand = torch.nn.functional.cross_entropy(whole, data.labels[places])
    for each in [[2, 2, 4], *widths]:
        narrow = slimmable.forward_at(network, data.images[places], each)
        by_hand = by_hand - (whole.softmax(1).detach() * narrow.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(loss, by_hand)


def test_images_kept_apart_are_not_trained_with(quiet):
    data = task().data.train
    seen, apart = autoslim.trained_with(data, 30), autoslim.kept_apart(data, 30)
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
    apart = autoslim.kept_apart(whole.data.train, 30)
    for before, after in zip(path, path[1:], strict=False):
        losses = by_brute_force(network, spec, before.widths, apart)
        assert min(losses, key=losses.get) == tuple(after.widths)
        assert after.loss == pytest.approx(min(losses.values()), rel=1e-4)
    assert [step.cost for step in path] == [slimmable.cost(spec, step.widths) for step in path]
    assert path[-1].cost <= least < path[-2].cost


def test_of_equal_losses_the_cheaper_network_is_taken(quiet):
    network, whole = networks.build(PLAIN, seed=1), task()
    nn.init.zeros_(network[-1].weight)  # no width matters
    path = autoslim.search(network, whole, 0.9 * slimmable.cost(PLAIN, PLAIN["widths"]),
                           chosen(), quiet)  # fmt: skip
    for before, after in zip(path, path[1:], strict=False):
        options = slimmable.thinner(before.widths, PLAIN["widths"])
        assert after.cost == min(slimmable.cost(PLAIN, each) for each in options)


def test_a_score_in_bfloat16_is_nearly_that_in_float32(quiet):
    network, data = supernet(quiet, epochs=6).network(), task().data.train
    half = Split(data.images.bfloat16(), data.labels)
    exact, rough = (autoslim.loss_at(network, WIDTHS, each) for each in (data, half))
    assert exact == pytest.approx(rough, rel=0.02) and exact != rough


def test_a_search_that_was_killed_goes_on_with_the_next_step(quiet, monkeypatch):
    network, whole = supernet(quiet).network(), task()
    least = slimmable.cost(PLAIN, PLAIN["widths"]) // 2
    path = autoslim.search(network, whole, least, chosen(), quiet.at("whole"))
    real, calls = autoslim.loss_at, []

    def killed(*args):
        calls.append(args)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(autoslim, "loss_at", killed)
    with pytest.raises(KeyboardInterrupt):
        autoslim.search(network, whole, least, chosen(), quiet)
    assert autoslim.search(network, whole, least, chosen(), quiet) == path
    assert len(calls) < 8 + 1 + 3 * (len(path) - 1)


def test_a_supernets_training_that_was_killed_ends_in_the_same_bytes(quiet, monkeypatch):
    from brainside import training

    whole = supernet(type(quiet)("a", quiet.folder / "a"), epochs=4)
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    real, calls = training.shuffled, []

    def killed(n, *, seed):
        calls.append(seed)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(n, seed=seed)

    monkeypatch.setattr(training, "shuffled", killed)
    with pytest.raises(KeyboardInterrupt):
        supernet(quiet, epochs=4)
    again = supernet(quiet, epochs=4)
    assert all(torch.equal(w, again.weights[name]) for name, w in whole.weights.items())


@pytest.mark.parametrize("method", [autoslim.sweep, controls.uniform, controls.random_widths,
                                    controls.channel_magnitude])  # fmt: skip
@SPECS
def test_targets_are_met_and_not_by_far(quiet, method, spec):
    start = None
    if method in (autoslim.sweep, controls.random_widths):
        start = supernet(quiet, spec)
    elif method is controls.channel_magnitude:
        start = trained_reference(quiet, spec)
    whole = slimmable.cost(spec, spec["widths"])
    for stored in run(method, quiet, [1 / 2, 1 / 4], spec=spec, start=start):
        found = sizes.count(stored, spec["image"])["multiply_adds"]
        assert 0.5 * stored.budget * whole < found <= stored.budget * whole
        assert [int(w) for w in stored.columns["widths"].split()] == stored.spec["widths"]
        if method is autoslim.sweep:
            path = stored.columns["path"].split(";")
            costs = [int(n) for n in stored.columns["path_multiply_adds"].split()]
            assert path[-1] == stored.columns["widths"] and costs[-1] == found < costs[-2]
            assert len(path) == len(costs) == len(stored.columns["path_losses"].split())
        assert ("supernet_valid_error" in stored.columns) == (
            method in (autoslim.sweep, controls.random_widths))  # fmt: skip


def test_asking_for_fewer_targets_changes_none(quiet):
    start = supernet(quiet)
    both = run(autoslim.sweep, type(quiet)("b", quiet.folder / "b"), [1 / 2, 1 / 4], start=start)
    (alone,) = run(autoslim.sweep, type(quiet)("c", quiet.folder / "c"), [1 / 2], start=start)
    assert both[0].columns == alone.columns
    assert all(torch.equal(w, alone.weights[name]) for name, w in both[0].weights.items())


def test_an_unreachable_target_is_refused_by_number_before_training(quiet):
    start = supernet(quiet)
    with pytest.raises(Refused, match=r"budget 0\.001 is \d+ multiply-adds; the narrowest has \d+"):
        run(autoslim.sweep, quiet, [1 / 2, 0.001], start=start)


def test_it_is_refused_before_the_supernet_is_trained(project, monkeypatch, capsys):
    monkeypatch.setattr(autoslim, "train", lambda *_, **__: pytest.fail("trained"))
    project.config["experiments"][1] |= {"methods": ["autoslim"], "budgets": ["1/2", "1/1000"]}
    project.write()
    with pytest.raises(SystemExit):
        main(["sweep", "config/quick.yaml", "digits/slim", "supernet", "--seed", "0"])
    assert "budget 0.001 is" in capsys.readouterr().err


@pytest.mark.parametrize("budget", [3 / 4, 1 / 2, 1 / 4, 1 / 8])
def test_random_widths_differ_by_seed_and_are_as_near_to_the_target_as_those_of_the_search(budget):
    spec = {**PLAIN, "widths": [24, 24, 48, 48]}
    allowed = slimmable.target(spec, budget)
    found = [controls.random_within(spec, allowed, seed=seed) for seed in range(5)]
    assert len({tuple(widths) for widths in found}) == 5
    assert all(0.8 * allowed < slimmable.cost(spec, widths) <= allowed for widths in found)


@SPECS
@pytest.mark.parametrize("ranking", ["global", "layer"])
def test_magnitude_pruning_of_weights_works_on_these_networks_too(quiet, spec, ranking):
    start = trained_reference(quiet, spec)
    for stored in swept(han2015magnitude.sweep, task(spec), quiet, start=start, ranking=ranking,
                        learning_rate=0.005):  # fmt: skip
        assert kept_weights(stored) == task(spec).stored_weights(stored.budget)
        decoded, test = container.decode(container.encode(stored)), task(spec).data.test
        decoded, stored = decoded.network(), stored.network()
        losses = [evaluate(each, test, "cross-entropy").loss for each in (decoded, stored)]
        assert losses[0] == losses[1] < 100
        normal = [layer for layer in decoded if isinstance(layer, nn.BatchNorm2d)]
        assert all(float(layer.running_mean.abs().sum()) > 0 for layer in normal)


def test_channels_of_least_weight_go_first():
    network = networks.build(PLAIN, seed=1)
    with torch.no_grad():
        network[0].weight[5] *= 0.01
        network[3].weight[2] *= 0.02
    allowed = slimmable.cost(PLAIN, [11, 11, 24])
    kept = controls.strongest(network, PLAIN, allowed)
    assert 5 not in kept[0].tolist() and 2 not in kept[1].tolist()


def test_hidden_units_of_least_weight_go_too():
    network = networks.build(LENET, seed=1)
    with torch.no_grad():
        network[5].weight[[3, 17]] *= 0.01
    kept = controls.strongest(network, LENET, slimmable.cost(LENET, [12, 12, 22]))
    assert [len(each) for each in kept] == [12, 12, 22]
    assert not {3, 17} & set(kept[2].tolist())
