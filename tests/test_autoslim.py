"""AutoSlim: views equal extracted networks, counts are another counter's, the path is greedy."""

import pytest
import torch
from conftest import recipe, tiny_data
from test_pruning import trained_reference
from torch.utils.flop_counter import FlopCounterMode

from brainside import keys, networks, slimmable
from brainside.augmentation import crop_flip
from brainside.coding import container, sizes
from brainside.errors import Refused
from brainside.evaluation import evaluate
from brainside.methods import yu2019autoslim as autoslim
from brainside.methods import yu2019controls as controls
from brainside.networks import weight_count
from brainside.task import Task

PLAIN = {
    "name": "slimnet",
    "image": [1, 8, 8],
    "widths": [12, 12, 24],
    "pool_after": [1],
    "classes": 3,
}
SEPARABLE = {**PLAIN, "separable": True}
SPECS = pytest.mark.parametrize("spec", [PLAIN, SEPARABLE], ids=["plain", "separable"])
WIDTHS = [7, 4, 18]


def task(spec=PLAIN) -> Task:
    return Task("tiny/slim", tiny_data(90, (1, 8, 8)), spec, weight_count(spec))


def chosen(**changes):
    return recipe(**{"held_out": 30, "draw": 0, **changes})


def supernet(quiet, spec=PLAIN, **changes):
    (stored,) = autoslim.supernet(
        task(spec), [1.0], settings=lambda _: chosen(**changes), seed=1, reference=None,
        resume=None, progress=quiet.at("supernet"))  # fmt: skip
    return stored


def run(method, quiet, budgets, *, spec=PLAIN, start=None, **changes):
    return list(method(task(spec), budgets, settings=lambda _: chosen(**changes), seed=1,
                       reference=start, resume=None, progress=quiet))  # fmt: skip


@SPECS
def test_a_view_computes_what_the_extracted_network_does(spec):
    network = networks.build(spec, seed=1).eval()
    images = task(spec).data.train.images
    statistics = slimmable.recalibrated(network, images, WIDTHS)
    small = slimmable.extracted(network, spec, slimmable.first(WIDTHS), statistics).eval()
    with torch.no_grad():
        viewed = slimmable.forward_at(network, images, WIDTHS, statistics)
        torch.testing.assert_close(viewed, small(images), rtol=1e-5, atol=1e-5)
        # With the batch's own statistics it is the same on that batch (but for n − 1).
        torch.testing.assert_close(slimmable.forward_at(network, images, WIDTHS), viewed,
                                   rtol=0.01, atol=0.01)  # fmt: skip
    assert [m.out_channels for m in small if isinstance(m, torch.nn.Conv2d) and
            (m.groups == 1)] == WIDTHS  # fmt: skip


@SPECS
def test_widths_are_views_and_get_gradients_in_their_first_channels_only(spec):
    network = networks.build(spec, seed=1)
    images = task(spec).data.train.images
    slimmable.forward_at(network, images, WIDTHS).square().sum().backward()
    first = network[0].weight.grad.flatten(1).abs().sum(1)
    assert bool((first[: WIDTHS[0]] > 0).all()) and bool((first[WIDTHS[0] :] == 0).all())
    assert network[-1].weight.grad[:, WIDTHS[-1] :].abs().sum() == 0


@SPECS
@pytest.mark.parametrize("widths", [[12, 12, 24], WIDTHS, [2, 2, 4]])
def test_multiply_adds_are_those_of_torchs_counter(spec, widths):
    network = networks.build({**spec, "widths": widths}, seed=0).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, 8, 8))
    assert 2 * slimmable.cost(spec, widths) == counter.get_total_flops()


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
    widths = [autoslim.random_widths(PLAIN["widths"], drawn) for _ in range(2)]
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


def test_every_step_removes_the_group_that_hurts_least(quiet):
    network, whole = supernet(quiet, epochs=6).network(), task()
    least = slimmable.cost(PLAIN, PLAIN["widths"]) // 2
    path = autoslim.search(network, whole, least, 30, quiet)
    apart = autoslim.kept_apart(whole.data.train, 30)
    for before, after in zip(path, path[1:], strict=False):
        losses = {tuple(w): autoslim.loss_at(network, w, apart)
                  for w in autoslim.thinner(before, PLAIN["widths"])}  # fmt: skip
        assert min(losses, key=losses.get) == tuple(after)
    costs = [slimmable.cost(PLAIN, widths) for widths in path]
    assert costs[-1] <= least < costs[-2]


def test_a_search_that_was_killed_goes_on_with_the_next_step(quiet, monkeypatch):
    network, whole = supernet(quiet).network(), task()
    least = slimmable.cost(PLAIN, PLAIN["widths"]) // 2
    path = autoslim.search(network, whole, least, 30, quiet.at("whole"))
    real, calls = autoslim.loss_at, []

    def killed(*args):
        calls.append(args)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(autoslim, "loss_at", killed)
    with pytest.raises(KeyboardInterrupt):
        autoslim.search(network, whole, least, 30, quiet)
    assert autoslim.search(network, whole, least, 30, quiet) == path
    assert len(calls) < 8 + 3 * (len(path) - 1)


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
        start = trained_reference(task(spec), quiet.at("reference"))
    whole = slimmable.cost(spec, spec["widths"])
    for stored in run(method, quiet, [1 / 2, 1 / 4], spec=spec, start=start):
        found = sizes.count(stored, (1, 8, 8))["multiply_adds"]
        assert 0.5 * stored.budget * whole < found <= stored.budget * whole
        assert [int(w) for w in stored.columns["widths"].split()] == stored.spec["widths"]
        if method is autoslim.sweep:
            assert stored.columns["path"].split(";")[-1] == stored.columns["widths"]
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


def test_channels_of_least_weight_go_first():
    network = networks.build(PLAIN, seed=1)
    with torch.no_grad():
        network[0].weight[5] *= 0.01
        network[3].weight[2] *= 0.02
    allowed = slimmable.cost(PLAIN, [11, 11, 24])
    kept = controls.strongest(network, PLAIN, allowed)
    assert 5 not in kept[0].tolist() and 2 not in kept[1].tolist()


def test_images_are_moved_and_mirrored_without_losing_any_and_the_same_again():
    images = torch.arange(2 * 3 * 8 * 8, dtype=torch.float32).view(2, 3, 8, 8) + 1
    many = images.repeat(200, 1, 1, 1)
    moved = crop_flip(3)(many)
    assert torch.equal(moved, crop_flip(3)(many)) and moved.shape == many.shape
    values = set(images.flatten().tolist()) | {0.0}
    assert set(moved.flatten().tolist()) <= values
    still = (moved == many).flatten(1).all(1).float().mean()
    mirrored = (moved == many.flip(3)).flatten(1).all(1).float().mean()
    assert 0 < still < 0.05 and 0 < mirrored < 0.05
    centre = moved[:, :, 3:5, 3:5].amax((2, 3))
    assert bool((centre > 0).all())  # a move of four pixels at most
