"""Layers through linear hubs: the same function in every form, and supports of equal size."""

import itertools

import numpy as np
import pytest
import torch
from helpers import tiny
from helpers.coded import same
from helpers.project import rows_of
from helpers.pruning import BUDGETS, kept_weights, swept, trained_reference
from helpers.tiny import recipe, tiny_task
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.coding import codec, quantising
from brainside.coding.order import reordered
from brainside.coding.settings import Setting
from brainside.methods import cohen2003hubs as hubs
from brainside.methods.contract import Run, Start
from brainside.methods.shared.pruning import alive
from brainside.networks import architectures
from brainside.networks.hubs import factorised, multiplied, through_hubs
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.plain import masks_of
from brainside.representations.sizes import count

MLP = {"name": "mlp", "sizes": [16, 12, 8, 3]}
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [6, 9], "kernel": 3, "hidden": [],
        "classes": 3}  # fmt: skip
HUBS = {"mlp": {"1.weight": 5, "3.weight": 4}, "convnet": {"3.weight": 7}}
specs = pytest.mark.parametrize("spec", [MLP, CONV], ids=["mlp", "convnet"])


def run(method, quiet, spec=MLP, budgets=BUDGETS, *, start=None, resume=None, **changes):
    chosen = {"hubs": HUBS[spec["name"]], "supports": "learned", **changes}
    task = tiny_task(spec)
    start = start or trained_reference(task, quiet)
    return swept(method, task, quiet, budgets, start=start, resume=resume, **chosen)


def outputs(network) -> torch.Tensor:
    images = torch.randn(20, 1, 4, 4, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        return network.eval()(images)


def plain_of(stored) -> torch.nn.Sequential:
    """The ordinary network of the products of the factors."""
    empty = architectures.build(stored.spec["network"])
    return multiplied(stored.network(), empty, stored.spec["hubs"])


# The same function in every form.


@specs
def test_factors_of_full_rank_compute_what_the_layer_does(quiet, spec):
    network = trained_reference(tiny_task(spec), quiet).network()
    weights = split(network)[0]
    full = {name: min(w.flatten(1).shape) for name, w in list(weights.items())[:2]}
    made = factorised(network, hubs.decomposed(network, full))
    torch.testing.assert_close(outputs(made), outputs(network), atol=1e-5, rtol=1e-5)
    empty = architectures.build(spec)
    torch.testing.assert_close(outputs(multiplied(made, empty, full)), outputs(network),
                               atol=1e-5, rtol=1e-5)  # fmt: skip


def test_factors_are_the_truncated_decomposition_with_a_root_on_both_sides(quiet):
    network = trained_reference(tiny_task(MLP), quiet).network()
    matrix = network[1].weight.detach().double().numpy()
    (first, second) = hubs.decomposed(network, {"1.weight": 5})["1.weight"]
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    product = (second @ first).double().numpy()
    np.testing.assert_allclose(product, u[:, :5] * s[:5] @ v[:5], atol=1e-6)
    np.testing.assert_allclose(first.norm(dim=1), np.sqrt(s[:5]), rtol=1e-5)
    np.testing.assert_allclose(second.norm(dim=0), np.sqrt(s[:5]), rtol=1e-5)


@specs
def test_a_pruned_network_computes_what_the_product_of_its_factors_does(quiet, spec):
    for stored in run(hubs.sweep, quiet, spec):
        found, expected = outputs(stored.network()), outputs(plain_of(stored))
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


def test_the_masked_form_computes_what_the_sliced_one_does(quiet):
    """Without hubs that nothing enters or leaves, and each unit with the hubs that it has."""
    task = tiny_task(MLP)
    (stored,) = run(hubs.sweep, quiet, MLP, [1 / 8])
    masks = masks_of(stored)
    used = masks["1.weight"].any(1) & masks["2.weight"].any(0)
    assert not used.all()
    layers = dict(stored.network().named_parameters())
    first, second = layers["1.weight"][used], layers["2.weight"][:, used]
    images = task.data.test.images.flatten(1)
    with torch.no_grad():
        reached = functional.linear(images, first)
        units = []
        for unit, bias in enumerate(layers["2.bias"]):
            label = masks["2.weight"][unit, used].nonzero().flatten()
            units.append(reached[:, label] @ second[unit, label] + bias)
        sliced = torch.stack(units, 1)
        masked = stored.network()[:3](task.data.test.images)
    assert (sliced - masked).abs().max() < 1e-6


def test_a_query_is_the_sum_over_the_hubs_that_both_have(quiet):
    (stored,) = run(hubs.sweep, quiet, MLP, [1 / 4])
    layers = {n: p.detach() for n, p in stored.network().named_parameters()}
    first, second = layers["1.weight"], layers["2.weight"]
    weight = split(plain_of(stored))[0]["1.weight"]
    for unit, pixel in itertools.product(range(12), range(16)):
        of_unit = {int(h): float(second[unit, h]) for h in second[unit].nonzero()}
        of_pixel = {int(h): float(first[h, pixel]) for h in first[:, pixel].nonzero()}
        common = of_unit.keys() & of_pixel.keys()
        expected = sum(of_unit[hub] * of_pixel[hub] for hub in common)
        assert float(weight[unit, pixel]) == pytest.approx(expected, abs=1e-6)


# Budgets and trajectories.


@specs
@pytest.mark.parametrize("supports", ["learned", "random"])
def test_exactly_the_budget_is_kept_of_all_layers_and_nothing_comes_back(quiet, spec, supports):
    task, masks = tiny_task(spec), None
    for stored in run(hubs.sweep, quiet, spec, supports=supports):
        decoded = checkpoint.decode(checkpoint.encode(stored))
        before, masks = masks, masks_of(decoded)
        total = sum(mask.numel() for mask in masks.values())
        assert kept_weights(decoded) == min(total, task.stored_weights(stored.budget))
        assert before is None or all(bool((masks[n] <= before[n]).all()) for n in masks)
        assert len(masks) == len(architectures.shapes(spec)) + len(HUBS[spec["name"]])
    assert stored.columns["epochs_total"] == 2 + len(BUDGETS)


def test_random_supports_differ_from_learned_ones_in_places_of_the_factors_alone(quiet):
    """From the same network on, and with as many weights in each layer."""
    start = trained_reference(tiny_task(MLP), quiet)
    learned, lots = (
        masks_of(run(hubs.sweep, quiet, MLP, [1 / 4], start=start, supports=supports)[0])
        for supports in ("learned", "random")
    )
    assert alive(lots) == alive(learned)
    factors = hubs.factor_names(architectures.build(MLP), HUBS["mlp"])
    assert len(factors) == 2 * len(HUBS["mlp"]) and set(factors) < set(lots)
    for name in lots:
        assert torch.equal(lots[name], learned[name]) == (name not in factors), name


@specs
def test_sizes_are_those_of_the_factors(quiet, spec):
    (stored,) = run(hubs.sweep, quiet, spec, [1 / 4])
    counted = count(stored, (1, 4, 4))
    assert counted["weights"] == tiny_task(spec).stored_weights(1 / 4)
    masks = masks_of(stored)
    places = {"mlp": [1] * 5, "convnet": [16, 4, 4, 1]}[spec["name"]]
    uses = [int(m.sum()) * n for m, n in zip(masks.values(), places, strict=True)]
    assert counted["multiply_adds"] == sum(uses)


def test_the_first_budget_that_has_room_for_everything_has_dense_factors(quiet):
    (stored,) = run(hubs.sweep, quiet, MLP, [1], epochs=0, hubs={"1.weight": 3})
    assert all(bool(mask.all()) for mask in masks_of(stored).values())
    assert kept_weights(stored) == 3 * (16 + 12) + 12 * 8 + 8 * 3


@pytest.mark.parametrize("method", [hubs.sweep, hubs.low_rank])
def test_a_trajectory_resumed_from_a_file_ends_in_the_same_bytes(quiet, method):
    budgets = [1 / 2, 1 / 3, 1 / 4]
    whole = [checkpoint.encode(s) for s in run(method, quiet, budgets=budgets)]
    resume = checkpoint.decode(whole[0], budget=1 / 2)
    resume.columns["epochs_total"] = 3
    rest = run(method, quiet, budgets=budgets[1:], resume=resume)
    assert [checkpoint.encode(s) for s in rest] == whole[1:]


@specs
@pytest.mark.parametrize("order", ["stored", "degree", "similarity"])
def test_a_network_is_coded_and_decoded_as_it_is(quiet, spec, order):
    (stored,) = run(hubs.sweep, quiet, spec, [1 / 3])
    ordered = reordered(stored, order)
    torch.testing.assert_close(outputs(ordered.network()), outputs(stored.network()),
                               atol=1e-5, rtol=1e-5)  # fmt: skip
    for setting in (Setting(order=order), Setting(order=order, positions="zeta")):
        prepared, layers = quantising.prepared(stored, setting)
        assert same(codec.decode(codec.encode(prepared, layers, setting)), ordered)
    assert order == "stored" or not same(ordered, stored)


# Monarch supports.


@pytest.mark.parametrize(("units", "count", "inputs", "blocks"), [(12, 6, 9, 3), (11, 7, 10, 4)])
def test_hubs_share_a_block_of_inputs_and_go_to_all_blocks_of_units(units, count, inputs, blocks):
    first, second = hubs.monarch_masks(torch.Size([units, inputs]), count, blocks)
    assert first.shape == (count, inputs) and second.shape == (units, count)
    assert (first.sum(0) > 0).all() and (second.sum(1) > 0).all()  # nothing is cut off
    assert len(first.unique(dim=0)) == len(second.unique(dim=1).T) == blocks
    for hub in range(count - 1):  # neighbours share inputs or follow on, and never share units
        assert not (second[:, hub] & second[:, hub + 1]).any()


def test_with_the_square_of_blocks_as_hubs_everything_reaches_everything_once():
    first, second = hubs.monarch_masks(torch.Size([15, 12]), 9, 3)
    assert (second.long() @ first.long() == 1).all()


def test_the_projection_is_nearer_than_any_other_of_its_class():
    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(12, 10, generator=generator)
    first, second = hubs.projected(matrix, 8, 2)
    supports = hubs.monarch_masks(matrix.shape, 8, 2)
    assert not first[~supports[0]].any() and not second[~supports[1]].any()
    best = float((second @ first - matrix).norm())
    blocks = [matrix[rows][:, columns] for rows in (slice(0, 6), slice(6, 12))
              for columns in (slice(0, 5), slice(5, 10))]  # fmt: skip
    left = sum(float((torch.linalg.svdvals(block)[2:] ** 2).sum()) for block in blocks)
    assert best == pytest.approx(left**0.5, rel=1e-5)
    factors = [first.clone().requires_grad_(), second.clone().requires_grad_()]
    ((factors[1] @ factors[0] - matrix).square().sum()).backward()
    for factor, support in zip(factors, supports, strict=True):
        assert factor.grad[support].abs().max() < 1e-4  # no direction within the class is better


@specs
def test_monarch_networks_have_the_budget_as_far_as_other_layers_have_weights_for_it(quiet, spec):
    task, names = tiny_task(spec), {"mlp": [1, 2, 4, 5, 7], "convnet": [0, 3, 4, 8]}[spec["name"]]
    sizes = []
    for stored in run(hubs.monarch, quiet, spec, [1 / 2, 1 / 3, 1 / 4]):
        masks, allowed = masks_of(stored), task.stored_weights(stored.budget)
        assert list(masks) == [f"{name}.weight" for name in names]
        others = masks["7.weight"] if spec is MLP else masks["0.weight"]
        assert kept_weights(stored) <= allowed
        assert kept_weights(stored) == allowed or bool(others.all())
        sizes.append(int(masks[f"{names[1]}.weight"].sum()))
        assert stored.columns["epochs_total"] == 3
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]


# Low rank.


def test_ranks_fall_along_the_trajectory_and_what_is_stored_is_dense(quiet):
    task, ranks = tiny_task(MLP), []
    for number, stored in enumerate(run(hubs.low_rank, quiet, MLP, [1 / 2, 1 / 3, 1 / 4])):
        assert kept_weights(stored) <= task.stored_weights(stored.budget)
        assert not stored.structure and stored.columns["epochs_total"] == 3 + number
        ranks.append(stored.spec["hubs"])
        weights = split(plain_of(stored))[0]
        for name, rank in stored.spec["hubs"].items():
            assert int(torch.linalg.matrix_rank(weights[name].double(), tol=1e-5)) == rank
    assert all(b[n] <= a[n] for a, b in itertools.pairwise(ranks) for n in a)
    assert ranks[0] != ranks[-1]


def test_low_rank_without_training_goes_on_from_the_product(quiet):
    whole = run(hubs.low_rank, quiet, MLP, [1 / 2, 1 / 4], epochs=0)
    once = run(hubs.low_rank, quiet, MLP, [1 / 4], epochs=0, iterative=False)
    # The best approximation of the best approximation of larger rank is that of the matrix.
    torch.testing.assert_close(outputs(whole[-1].network()), outputs(once[0].network()),
                               atol=1e-4, rtol=1e-4)  # fmt: skip


# What is refused.


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [({"1.weight": 17}, "layer 1.weight has 16 inputs, fewer than 17 hubs"),
     ({"1.weight": 13}, "layer 1.weight has 12 units, fewer than 13 hubs"),
     ({"2.weight": 3}, "2.weight is not a fully connected layer or convolution"),
     ({"9.weight": 3}, "9.weight is not a fully connected layer or convolution"),
     ({"1.weight": 0}, "0 of layer 1.weight is not a whole number above zero")],
)  # fmt: skip
@pytest.mark.parametrize("method", [hubs.sweep, hubs.monarch])
def test_hubs_that_cannot_be_are_refused_before_anything_is_trained(
    quiet, trainings, method, chosen, reason
):
    start = trained_reference(tiny_task(MLP), quiet)
    trainings.clear()
    with pytest.raises(Refused, match=f"^hubs: {reason}[^\n]*$"):
        run(method, quiet, MLP, [1 / 2], start=start, hubs=chosen)
    assert not trainings


def test_a_foreign_file_that_asks_for_too_many_hubs_is_refused(quiet):
    (stored,) = run(hubs.sweep, quiet, MLP, [1 / 2])
    for foreign in ({"1.weight": 99}, {"1.weight": "many"}, 3):
        stored.spec["hubs"] = foreign
        decoded = checkpoint.decode(checkpoint.encode(stored), where="foreign.brain")
        with pytest.raises(Refused):
            decoded.network()


def test_a_layer_in_groups_has_no_hubs():
    spec = {"name": "slimnet", "image": [1, 4, 4], "widths": [6, 6], "pool_after": [],
            "classes": 3, "separable": True}  # fmt: skip
    with pytest.raises(
        Refused, match="hubs: 3.weight is not a fully connected layer or convolution"
    ):
        through_hubs(architectures.build(spec), {"3.weight": 2})


def test_hubs_that_differ_between_budgets_are_refused(quiet):
    start = Start(trained_reference(tiny_task(MLP), quiet))

    def settings(budget):
        chosen = {"hubs": {"1.weight": 4 if budget > 0.3 else 3}, "supports": "learned"}
        return recipe(iterative=True, ranking="global", **chosen)

    given = Run(tiny_task(MLP), [1 / 2, 1 / 4], settings, 3, quiet, start=start)
    with pytest.raises(Refused, match="hubs must be the same at all budgets; write `tuned_at`"):
        next(hubs.sweep(given))


def test_unknown_supports_and_missing_starts_and_budgets_without_a_hub_are_refused(quiet):
    with pytest.raises(Refused, match="unknown supports 'butterfly'; known: learned, random"):
        run(hubs.sweep, quiet, supports="butterfly")
    with pytest.raises(Refused, match="leave a block without a hub; take a larger budget"):
        run(hubs.monarch, quiet, budgets=[1 / 40])
    chosen = recipe(hubs={"1.weight": 4}, supports="learned", iterative=True)
    for method in (hubs.sweep, hubs.monarch, hubs.low_rank):
        with pytest.raises(Refused, match="`reference: true`"):
            tiny.run(method, tiny_task(MLP), quiet, [1 / 2], chosen)


@pytest.mark.parametrize("name", ["hubs", "hubs-random", "hubs-monarch", "hubs-low-rank"])
def test_the_quick_study_trains_it_on_digits(project, name):
    sweep = project.run(name, budgets=["1/4", "1/16"])
    for budget, row in rows_of(sweep).items():
        stored = checkpoint.read(sweep.checkpoint(budget), budget=budget)
        assert kept_weights(stored) == int(row["weights"]) <= int(budget * 31_760)
        assert stored.spec["name"] == "hubs"
        assert float(row["valid_error"]) < 0.8
