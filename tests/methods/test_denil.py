"""Predicted parameters: dictionaries that span what they should, and the same when decoded."""

from dataclasses import replace

import pytest
import torch
from helpers import tiny
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.methods import denil2013predicting as denil
from brainside.methods.shared import learned_dictionaries as learned
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations import checkpoint, predicted
from brainside.training import loop
from brainside.training.evaluation import evaluate

MLP = {"name": "mlp", "sizes": [16, 12, 9, 3]}
CONV = {"name": "denil", "image": [1, 4, 4], "channels": [6, 5], "kernels": [4, 3], "hidden": [8],
        "classes": 3}  # fmt: skip
WIDE_MLP = {**MLP, "sizes": [16, 800, 600, 3]}
WIDE_CONV = {**CONV, "channels": [150, 60], "kernels": [3, 3], "hidden": [200]}
PARTS = ("filters", "places", "hidden")
KINDS = ["squared-exponential", "random", "connections", "empirical", "autoencoder"]
BOX = (1, 7, 7)


def run(quiet, task=None, budgets=(1 / 2,), *, method=denil.sweep, kind=KINDS[0], **changes):
    chosen = {"columns": 3, "width": 1.0, "ridge": 0.1, "orthonormal": True, "start": "inputs"}
    chosen = recipe(**{**chosen, **dict.fromkeys(PARTS, kind), **changes})
    return tiny.run(method, task or tiny_task(MLP), quiet, budgets, chosen)


def atoms(kind="squared-exponential", count=10, box=BOX, *, seed=1, width=1.5, ridge=1e-9):
    return predicted.atoms(kind, box, count, seed=seed, width=width, ridge=ridge)


def test_ridge_regression_goes_through_the_chosen_places():
    """With no ridge the j-th atom is one at its own place and zero at the other chosen ones."""
    rows = atoms()
    chosen = torch.randperm(49, generator=torch.Generator().manual_seed(1))[:10].sort().values
    torch.testing.assert_close(
        rows[:, chosen], torch.eye(10, dtype=torch.float64), atol=1e-5, rtol=0
    )


def test_it_is_the_formula_of_the_paper():
    kernel = predicted.squared_exponential(BOX, 2.0)
    place = torch.stack([torch.arange(49) // 7, torch.arange(49) % 7], 1).double()
    for i, j in [(0, 0), (0, 1), (3, 40), (48, 0)]:
        distance = (place[i] - place[j]).square().sum()
        assert float(kernel[i, j]) == pytest.approx(float(torch.exp(-distance / 8)))
    chosen = torch.tensor([3, 17, 30])
    inverse = torch.linalg.inv(kernel[chosen][:, chosen] + 0.1 * torch.eye(3))
    torch.testing.assert_close(predicted.predictors(kernel, chosen, 0.1), inverse @ kernel[chosen])


def test_input_channels_of_a_convolution_are_independent():
    kernel = predicted.squared_exponential((3, 5, 5), 2.0)
    assert bool((kernel[:25, 25:] == 0).all())
    torch.testing.assert_close(kernel[:25, :25], kernel[50:, 50:])


@pytest.mark.parametrize("kind", predicted.COMPUTED)
def test_orthonormal_rows_span_the_same_space(kind):
    rows = atoms(kind)
    made = predicted.orthonormal(rows)
    torch.testing.assert_close(made @ made.T, torch.eye(10, dtype=torch.float64))
    torch.testing.assert_close(rows @ made.T @ made, rows)  # nothing of it is outside
    assert torch.linalg.matrix_rank(made) == 10


def test_smooth_atoms_are_smoother_than_random_ones():
    def roughness(rows):
        grid = predicted.orthonormal(rows).view(-1, 7, 7)
        return float(grid.diff(dim=1).square().sum() + grid.diff(dim=2).square().sum())

    assert roughness(atoms(width=2.0)) < 0.5 * roughness(atoms("random"))


def test_each_column_has_its_own_dictionary_for_its_own_outputs():
    rows = torch.randn(3, 4, 10)
    free = torch.randn(11, 4)
    weight = predicted.product(rows, torch.Size([11, 10]))(free)
    for output, column in [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (10, 2)]:
        torch.testing.assert_close(weight[output], free[output] @ rows[column])


@pytest.mark.parametrize("spec", [MLP, CONV], ids=["mlp", "convnet"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_file_decodes_to_the_network_that_was_trained(quiet, monkeypatch, spec, kind):
    task, trained, real = tiny_task(spec), [], loop.train

    def kept(network, *args, **kwargs):
        trained.append(network)
        return real(network, *args, **kwargs)

    monkeypatch.setattr(loop, "train", kept)
    (stored,) = run(quiet, task, kind=kind)
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=0.5)
    found = evaluate(decoded.network(), task.data.test, "cross-entropy")
    true = evaluate(trained[-1], task.data.test, "cross-entropy")
    assert found.loss == pytest.approx(true.loss, rel=1e-5)
    assert bool(stored.structure) == (kind in learned.KINDS)  # what is made of data is in the file
    count = sum(weight.numel() for weight in stored.weights.values())
    assert count <= task.stored_weights(0.5)
    free = sum(w.numel() for name, w in list(stored.weights.items())[:-1])
    sizes = [w.numel() for w in split(architectures.build(spec, seed=0))[0].values()]
    assert stored.columns["proportion"] == pytest.approx(free / sum(sizes[:-1]))
    assert stored.columns["proportion"] <= denil.proportion(dict(enumerate(sizes)), count) + 1e-9


@pytest.mark.parametrize("forged", [{"columns": 1 << 40}, {"columns": 0}, {"atoms": 1 << 40},
                                    {"box": [1 << 20, 1 << 20]}])  # fmt: skip
def test_a_file_with_a_plan_that_fits_no_layer_is_refused_before_anything_is_made(quiet, forged):
    (stored,) = run(quiet)
    plans = {name: {**plan, **forged} for name, plan in stored.spec["predicted"].items()}
    foreign = replace(stored, spec={**stored.spec, "predicted": plans}, structure={})
    with pytest.raises(Refused, match="does not describe a network"):
        checkpoint.decode(checkpoint.encode(foreign), where="forged").network()


def test_the_layer_of_the_classes_is_whole(quiet):
    (stored,) = run(quiet)
    assert stored.weights["5.weight"].shape == (3, 9)
    assert "5.weight" not in stored.spec["predicted"]


def test_with_every_atom_any_network_can_be_learned(quiet):
    """The rows then span the whole space, whatever the dictionary."""
    (stored,) = run(quiet, budgets=[1.0], epochs=0)
    for name, entry in stored.spec["predicted"].items():
        features = split(stored.network())[0][name].shape[1]
        rows = predicted.columns_of(entry)
        assert all(int(torch.linalg.matrix_rank(each)) == features for each in rows)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
@pytest.mark.parametrize("orthonormal", [True, False])
def test_weights_can_begin_with_the_variance_of_a_dense_layer(quiet, orthonormal, activation):
    task = tiny_task({"name": "mlp", "sizes": [16, 4000, 3], "activation": activation})
    (stored,) = run(quiet, task, epochs=0, orthonormal=orthonormal, start="weights")
    weight = split(stored.network())[0]["1.weight"]
    dense = split(architectures.build(task.network, seed=3))[0]["1.weight"]
    assert float(weight.var()) == pytest.approx(float(dense.var()), rel=0.1)


@pytest.mark.parametrize("spec", [WIDE_MLP, WIDE_CONV], ids=["mlp", "convnet"])
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_begin_with_the_size_of_a_dense_layers_on_the_same_inputs(quiet, spec, kind):
    """Also where inputs are smooth, of which a smooth dictionary sees more than a random one."""
    task = tiny_task(spec)
    images = task.data.train.images
    images += 2 * images.mean((1, 2, 3), keepdim=True)
    (stored,) = run(quiet, task, kind=kind, epochs=0)
    weights = split(stored.network())[0]
    for name in stored.spec["predicted"]:
        inputs = learned.inputs_of(stored.network(), name, task.data.train)
        outputs = inputs @ weights[name].flatten(1).T
        dense = architectures.gain(spec) / inputs.shape[1] * inputs.square().sum(1).mean()
        assert float(outputs.square().mean()) == pytest.approx(float(dense), rel=0.3)


def test_what_a_layers_inputs_are():
    shapes = lambda spec: {  # noqa: E731
        n: w.shape for n, w in split(architectures.build(spec))[0].items()
    }
    mlp = {"name": "mlp", "sizes": [784, 500, 400, 10]}
    assert denil.boxes(shapes(mlp), (1, 28, 28)) == {
        "1.weight": ("places", [1, 28, 28]),
        "3.weight": ("hidden", [1, 1, 500]),
        "5.weight": ("hidden", [1, 1, 400]),
    }
    colour = {"name": "mlp", "sizes": [3072, 100, 10]}
    assert denil.boxes(shapes(colour), (3, 32, 32))["1.weight"] == ("places", [3, 32, 32])
    conv = {"name": "denil", "image": [3, 32, 32], "channels": [24, 32], "kernels": [5, 5],
            "hidden": [50], "classes": 10}  # fmt: skip
    assert list(denil.boxes(shapes(conv), (3, 32, 32)).values()) == [
        ("filters", [3, 5, 5]), ("filters", [24, 5, 5]), ("places", [32, 8, 8]),
        ("hidden", [1, 1, 50]),
    ]  # fmt: skip


def test_each_part_has_its_own_dictionary(quiet):
    kinds = {"filters": "random", "places": "connections", "hidden": "empirical"}
    deep = {**CONV, "channels": [6], "kernels": [3], "hidden": [8, 7]}
    (stored,) = run(quiet, tiny_task(deep), epochs=0, **kinds)
    found = [entry["dictionary"] for entry in stored.spec["predicted"].values()]
    assert found == ["random", "connections", "empirical"]
    assert len(stored.structure) == 1


def test_low_rank_has_the_rank_that_the_budget_allows(quiet):
    task = tiny_task({"name": "mlp", "sizes": [16, 40, 3]})
    (stored,) = run(quiet, task, method=denil.low_rank)
    weight = split(stored.network())[0]["1.weight"]
    rank = stored.weights["1.weight"].shape[0]
    assert int(torch.linalg.matrix_rank(weight)) == rank == int((380 - 120) / 640 * 640 / 56)
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=0.5).network()
    assert torch.equal(split(decoded)[0]["1.weight"], weight)


def test_an_autoencoder_learns_to_say_its_inputs_again(quiet):
    task = tiny_task()
    inputs = task.data.train.images.flatten(1)
    rows = learned.decoder(inputs, 8, seed=1, progress=quiet)
    basis = predicted.orthonormal(rows)
    kept = (inputs.double() @ basis.T).square().sum() / inputs.double().square().sum()
    random = predicted.orthonormal(atoms("random", 8, (1, 4, 4)))
    by_chance = (inputs.double() @ random.T).square().sum() / inputs.double().square().sum()
    assert float(kept) > float(by_chance)


def test_what_a_layer_sees_is_what_it_is_given():
    network = architectures.build(CONV, seed=1).eval()
    task = tiny_task(CONV)
    seen = learned.inputs_of(network, "0.weight", task.data.train)
    assert seen.shape == (60 * learned.PATCHES, 16)
    hidden = learned.inputs_of(network, "7.weight", task.data.train)
    assert torch.equal(hidden, network[:7](task.data.train.images))


@pytest.mark.parametrize("count", [1, 3, 4, 10, 48])
def test_strata_give_every_channel_as_many_places_or_one_more(count):
    rows = predicted.atoms("connections", (3, 4, 4), count, seed=2, width=1.0, ridge=0.1,
                           stratified=True)  # fmt: skip
    per_channel = rows.sum(0).view(3, 16).sum(1)
    assert per_channel.sum() == count and per_channel.max() - per_channel.min() <= 1
    assert set(rows.sum(0).unique().tolist()) <= {0.0, 1.0}


def test_strata_differ_by_seed_and_every_channel_can_get_what_is_left_over():
    def channel(seed):
        rows = predicted.atoms("connections", (3, 4, 4), 1, seed=seed, width=1, ridge=0,
                               stratified=True)  # fmt: skip
        return int(rows.view(3, 16).sum(1).argmax())

    assert {channel(seed) for seed in range(20)} == {0, 1, 2}


def test_a_network_of_strata_decodes_to_itself(quiet):
    task = tiny_task(CONV)
    (stored,) = run(quiet, task, stratified=True)
    (plain,) = run(quiet, task)
    assert all(entry["stratified"] for entry in stored.spec["predicted"].values())
    assert not any("stratified" in entry for entry in plain.spec["predicted"].values())
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=0.5)
    for name, weight in split(stored.network())[0].items():
        assert torch.equal(weight, split(decoded.network())[0][name])


def test_layers_have_the_share_that_is_given_and_the_others_what_is_left(quiet):
    task, sizes = tiny_task(WIDE_MLP), {"1.weight": 16 * 800, "3.weight": 800 * 600}
    (stored,) = run(quiet, task, budgets=[1 / 4], shares={"1.weight": 0.5}, epochs=0)
    free = {name: stored.weights[name].numel() for name in sizes}
    assert free["1.weight"] == sizes["1.weight"] / 2
    left = task.stored_weights(1 / 4) - free["1.weight"] - 3 * 600
    assert left - 600 < free["3.weight"] <= left


def test_a_layer_whose_share_is_one_is_whole(quiet):
    (stored,) = run(quiet, tiny_task(CONV), budgets=[0.95], shares={"0.weight": 1, "3.weight": 1})
    assert list(stored.spec["predicted"]) == ["7.weight"]
    assert stored.weights["3.weight"].shape == (5, 6, 3, 3)
    rows = stored.spec["predicted"]["7.weight"]["atoms"]
    assert stored.columns["proportion"] == pytest.approx(rows / 5)


def test_shares_of_unknown_layers_and_too_large_ones_are_refused(quiet):
    for name in ("9.weight", "5.weight"):  # the last layer is not predicted
        with pytest.raises(Refused, match=f"no layer '{name}' to predict; there are: 1.weight"):
            run(quiet, shares={name: 0.5})
    with pytest.raises(Refused, match="leave none for the other layers"):
        run(quiet, shares={"1.weight": 1})


WRONG = {
    "more atoms than features": (lambda: atoms(count=50), "50 atoms for 49 features"),
    "no ridge": (lambda: atoms(count=49, width=30.0, ridge=0.0), "not positive definite"),
    "unknown": (lambda: atoms("wavelets"), "unknown dictionary 'wavelets'"),
    "classes alone too many": (lambda: denil.proportion({"a": 90, "b": 10}, 10), "10 weights"),
    "no atom": (lambda: denil.atom_counts({"a": torch.Size([9, 9]), "b": torch.Size([2, 9])}, 20,
                                          {}), "layer a no atom"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_in_one_line(wrong):
    act, message = WRONG[wrong]
    with pytest.raises(Refused, match=message):
        act()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": 0}, "columns 0 is not a whole number above zero"),
        ({"columns": 2.5}, "columns 2.5 is not a whole number above zero"),
        ({"start": "dense"}, "unknown start 'dense'; known: inputs, weights"),
        ({"places": "wavelets"}, "unknown dictionary 'wavelets'"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_line(quiet, changes, message):
    with pytest.raises(Refused, match=message):
        run(quiet, **changes)
