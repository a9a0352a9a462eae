"""Spectral sparsification of layers: quotas, choices, weights, and what is recorded of them."""

import pytest
import torch
from helpers import tiny
from helpers.project import rows_of
from helpers.pruning import kept_weights, swept, trained_reference
from helpers.tiny import recipe, tiny_task
from torch import nn

from brainside.base.errors import Refused
from brainside.graphs.bipartite import laplacian
from brainside.graphs.resistance import by_degree, leverages
from brainside.graphs.sampling import inclusion_probabilities
from brainside.methods import han2015magnitude
from brainside.methods import spielman2008spectral as spectral
from brainside.methods.contract import Start
from brainside.methods.shared.matrix_layers import columns, matrix_layers
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations.plain import masks_of, of_dense, of_sparse

BUDGETS = [1 / 2, 1 / 4, 1 / 8]
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [3], "kernel": 3, "hidden": [5],
        "classes": 3}  # fmt: skip
CONDUCTANCES = list(spectral.POWER)
TOP = {"conductance": "square", "score": "leverage", "choice": "top"}
ARMS = {
    "top": TOP,
    "degree": TOP | {"score": "degree"},
    "data-aware": TOP | {"conductance": "variance"},
    "sampled": TOP | {"choice": "sampled"},
    "reweighted": TOP | {"choice": "reweighted"},
    "reweighted by |w|": TOP | {"choice": "reweighted", "conductance": "absolute"},
}
arms = pytest.mark.parametrize("params", ARMS.values(), ids=ARMS)


def cut_once(task, start, budgets, quiet, **params):
    """One-shot networks without retraining."""
    return swept(spectral.sweep, task, quiet, budgets, start=start, epochs=0,
                 iterative=False, **TOP | params)  # fmt: skip


def layers_of(stored) -> dict[str, int]:
    return {name: int(mask.sum()) for name, mask in masks_of(stored).items()}


def weights_of(stored) -> dict[str, torch.Tensor]:
    return split(stored.network())[0]


@pytest.mark.parametrize("iterative", [False, True])
@pytest.mark.parametrize("spec", [None, CONV], ids=["mlp", "convnet"])
@arms
def test_the_budget_is_kept_exactly_layer_by_layer_as_by_magnitude(params, spec, iterative, quiet):
    task = tiny_task(spec)
    start = trained_reference(task, quiet.at("reference"))
    (stored,) = swept(spectral.sweep, task, quiet.at("a"), BUDGETS[1:2], start=start,
                      iterative=iterative, **params)  # fmt: skip
    (magnitude,) = swept(han2015magnitude.sweep, task, quiet.at("b"), BUDGETS[1:2], start=start)
    assert layers_of(stored) == layers_of(magnitude)
    assert kept_weights(stored) == task.stored_weights(BUDGETS[1])


@arms
def test_on_the_way_down_masks_only_shrink(params, quiet):
    task = tiny_task()
    steps = swept(spectral.sweep, task, quiet, BUDGETS, iterative=True, **params)
    masks = [masks_of(each) for each in steps]
    assert [kept_weights(each) for each in steps] == [task.stored_weights(b) for b in BUDGETS]
    for before, after in zip(masks, masks[1:], strict=False):
        assert all(bool((before[name] | ~after[name]).all()) for name in after)


def test_the_control_is_magnitude_pruning(quiet):
    """The largest w² in as many places a layer: the same networks, to the last bit."""
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    ours = swept(spectral.sweep, task, quiet.at("a"), start=start, **TOP | {"score": "conductance"})
    theirs = swept(han2015magnitude.sweep, task, quiet.at("b"), start=start)
    for one, other in zip(ours, theirs, strict=True):
        for name, weight in weights_of(one).items():
            assert weight.equal(weights_of(other)[name])


@pytest.mark.parametrize("score", ["leverage", "degree"])
def test_of_each_layer_the_highest_scores_stay(score, quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    (stored,) = cut_once(task, start, [1 / 4], quiet, score=score)
    measure = leverages if score == "leverage" else by_degree
    for name, mask in masks_of(stored).items():
        scores = measure(weights_of(start)[name].double() ** 2)
        assert scores[mask].min() >= scores[~mask].max()


def test_a_hand_example_in_which_a_small_weight_is_a_bridge():
    """Row 1 hangs on its one weak link, of leverage 1; magnitude would cut it."""
    graph = torch.tensor([[4.0, 5, 6], [0.1, 0, 0]], dtype=torch.float64)
    everything = torch.ones_like(graph, dtype=torch.bool)
    by_leverage = spectral.top(leverages(graph), everything, 3, 0).kept
    assert by_leverage[1, 0] and int(by_leverage.sum()) == 3
    assert not spectral.top(graph, everything, 3, 0).kept[1, 0]


@pytest.mark.parametrize("conductance", CONDUCTANCES)
def test_reweighted_conductances_are_divided_by_the_probabilities(conductance, quiet):
    """By their new weights the links that are kept have the conductances of the sparsifier."""
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    arm = {"choice": "reweighted", "conductance": conductance}
    (stored,) = cut_once(task, start, [1 / 2], quiet, **arm)
    power, network = spectral.POWER[conductance], start.network()
    spreads = spectral.variances(network, matrix_layers(network, "x"), task.data.train.images)
    for name, mask in masks_of(stored).items():
        old, new = (weights_of(each)[name].double() for each in (start, stored))
        graph = old.abs() ** power * (spreads[name] if conductance == "variance" else 1)
        expected = 1 / inclusion_probabilities(leverages(graph), int(mask.sum()))
        torch.testing.assert_close((new / old)[mask].abs() ** power, expected[mask], rtol=1e-5,
                                   atol=0)  # fmt: skip
        assert new.sign().equal(old.sign() * mask)


def test_the_reweighted_laplacian_is_the_whole_one_on_average():
    graph = torch.rand(6, 5, generator=torch.Generator().manual_seed(0)).double() ** 2
    everything, rounds = torch.ones_like(graph, dtype=torch.bool), 3000
    drawn = [spectral.reweighted(leverages(graph), everything, 12, s) for s in range(rounds)]
    samples = torch.stack([laplacian(graph * each.kept * each.factors) for each in drawn])
    margin = 5 * samples.std(0) / rounds**0.5
    assert ((samples.mean(0) - laplacian(graph)).abs() <= margin + 1e-9).all()


@pytest.mark.parametrize("choice", ["top", "sampled"])
def test_otherwise_weights_stay_what_they_are(choice, quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    (stored,) = cut_once(task, start, [1 / 4], quiet, choice=choice)
    for name, mask in masks_of(stored).items():
        assert weights_of(stored)[name].equal(weights_of(start)[name] * mask)
    assert stored.columns["epochs_total"] == start.columns["epochs_total"]


@pytest.mark.parametrize("spec", [None, CONV], ids=["mlp", "convnet"])
def test_variances_are_those_of_the_layers_inputs(spec, quiet):
    task = tiny_task(spec)
    network = build(task.network, seed=1)
    images = task.data.train.images
    images[:, :, 0, 0] = -0.4242  # a dead pixel, whose mean is rounded
    found = spectral.variances(network, matrix_layers(network, "x"), images)
    inputs = images
    for number, layer in enumerate(network):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            expected = columns(layer, inputs).double().var(0, correction=0)
            torch.testing.assert_close(found[f"{number}.weight"], expected)
        inputs = layer(inputs).detach()
    if spec is None:
        assert float(found["1.weight"][0]) == 0


def test_a_dead_pixel_keeps_no_link_by_its_variance_and_some_without(quiet):
    task = tiny_task()
    task.data.train.images[:, :, 0, 0] = -0.4242
    start = trained_reference(task, quiet.at("reference"))
    live = {}
    for form in ("variance", "square"):
        (stored,) = cut_once(task, start, [1 / 4], quiet, conductance=form)
        live[form] = int(masks_of(stored)["1.weight"][:, 0].sum())
    assert live["variance"] == 0 < live["square"]


def test_columns_tell_the_spectrum_and_the_norm_of_the_cut(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    (stored,) = cut_once(task, start, [1 / 2], quiet, choice="reweighted")
    found = stored.columns
    for number, (name, new) in enumerate(weights_of(stored).items(), 1):
        old = weights_of(start)[name].double()
        inverse = torch.linalg.pinv(laplacian(old**2))
        values = torch.linalg.eigvals(inverse @ laplacian(new.double() ** 2)).real.sort().values
        assert found[f"lambda_min_{number}"] == pytest.approx(max(0, float(values[1])), abs=1e-6)
        assert found[f"lambda_max_{number}"] == pytest.approx(float(values[-1]), rel=1e-5)
        ratio = torch.linalg.norm(old - new, 2) / torch.linalg.norm(old, 2)
        assert found[f"norm_ratio_{number}"] == pytest.approx(float(ratio), rel=1e-5)
    assert found["lambda_min"] == min(found["lambda_min_1"], found["lambda_min_2"])
    assert found["lambda_max"] == max(found["lambda_max_1"], found["lambda_max_2"])
    assert found["norm_ratio"] == max(found["norm_ratio_1"], found["norm_ratio_2"])


def test_without_reweighting_no_energy_grows(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    for choice in ("top", "sampled"):
        (stored,) = cut_once(task, start, [1 / 2], quiet.at(choice), choice=choice)
        assert 0 <= stored.columns["lambda_min"] <= stored.columns["lambda_max"] <= 1 + 1e-9
    (whole,) = cut_once(task, start, [1.0], quiet.at("whole"))
    assert whole.columns["lambda_min"] == pytest.approx(1)
    assert whole.columns["norm_ratio"] == 0


@pytest.mark.parametrize("choice", ["sampled", "reweighted"])
def test_draws_depend_on_the_seed_and_on_nothing_else(choice, quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    alone = cut_once(task, start, [1 / 4], quiet, choice=choice)
    beside = cut_once(task, start, [1 / 2, 1 / 4], quiet, choice=choice)[1:]
    chosen = recipe(epochs=0, iterative=False, **TOP | {"choice": choice})
    other = tiny.run(spectral.sweep, task, quiet, [1 / 4], chosen, seed=4, start=Start(start))
    for name, weight in weights_of(alone[0]).items():
        assert weight.equal(weights_of(beside[0])[name])
    assert any(not w.equal(weights_of(other[0])[n]) for n, w in weights_of(alone[0]).items())


@pytest.mark.parametrize("score", ["leverage", "degree"])
def test_a_layer_without_links_is_refused_in_one_line(score, quiet, trainings):
    task = tiny_task()
    network = build(task.network, seed=0)
    network[3].weight.data.zero_()
    start = of_dense(network, task.network, budget=1.0, epochs_total=0)
    with pytest.raises(Refused, match=r"^budget 0.25, layer 3.weight: a layer without links has no "
                                      r"spectrum; stop at a larger budget$"):  # fmt: skip
        swept(spectral.sweep, task, quiet, [1 / 4], start=start, **TOP | {"score": score})
    assert not trainings


def test_more_draws_than_links_are_refused_in_one_line(quiet, trainings):
    """Magnitude keeps weights that are zero when it must; they have no chance to be drawn."""
    task = tiny_task()
    network = build(task.network, seed=0)
    network[1].weight.data[:, 2:] = 0
    start = of_dense(network, task.network, budget=1.0, epochs_total=0)
    with pytest.raises(Refused, match=r"^budget 0.5, layer 1.weight: 52 links are to be "
                                      r"drawn, and only 16 have a score above zero$"):  # fmt: skip
        swept(spectral.sweep, task, quiet, [1 / 2], start=start, **TOP | {"choice": "sampled"})
    assert not trainings


def test_removed_weights_stay_so_where_no_link_is_left_to_choose(quiet):
    """A start with weights that are kept and zero, beside weights that are not there."""
    task = tiny_task()
    network = build(task.network, seed=0)
    masks = {name: torch.zeros(w.shape, dtype=torch.bool) for name, w in split(network)[0].items()}
    masks["1.weight"][:, 8:], masks["3.weight"][:] = True, True
    network[1].weight.data[:] = 0
    network[1].weight.data[:, 8] = 1
    start = of_sparse(network, task.network, masks, budget=1.0, epochs_total=0)
    (stored,) = swept(spectral.sweep, task, quiet, [1 / 2], start=start, epochs=0, **TOP)
    assert not masks_of(stored)["1.weight"][:, :8].any()


def test_other_layers_than_matrices_are_refused(quiet, trainings):
    spec = {"name": "slimnet", "image": [1, 4, 4], "widths": [4, 6], "pool_after": [0],
            "classes": 3, "separable": True}  # fmt: skip
    task = tiny_task(spec)
    start = of_dense(build(spec, seed=0), spec, budget=1.0, epochs_total=0)
    with pytest.raises(Refused, match="^spectral sparsification takes fully connected layers"):
        swept(spectral.sweep, task, quiet, [1 / 2], start=start, **TOP)
    assert not trainings


def test_without_a_start_it_is_refused(quiet):
    chosen = recipe(iterative=False, **TOP)
    with pytest.raises(Refused, match="`reference: true`"):
        tiny.run(spectral.sweep, tiny_task(), quiet, [1 / 2], chosen)


@pytest.mark.parametrize("name", ["top", "reweighted"])
def test_one_shot_on_digits_from_the_entry_to_the_record(name, project):
    project.config["methods"]["spectral"] = {
        "title": "spectral", "function": "spielman2008spectral.sweep", "reference": True,
        "recipe": {"epochs": 0}, "params": {"iterative": False, **ARMS[name]}}  # fmt: skip
    rows = rows_of(project.run("spectral", budgets=["1/4", "1/16"]))
    assert rows.keys() == {1 / 4, 1 / 16}
    for budget, row in rows.items():
        assert int(row["weights"]) == int(budget * 31_760)
        assert 0 <= float(row["lambda_min"]) <= float(row["lambda_max"])
        assert 0 < float(row["norm_ratio_1"]) <= float(row["norm_ratio"])
    assert float(rows[1 / 4]["valid_error"]) <= float(rows[1 / 16]["valid_error"])


def test_a_misspelt_parameter_is_refused_by_the_config(project):
    project.config["methods"]["spectral"] = {
        "title": "spectral", "function": "spielman2008spectral.sweep", "reference": True,
        "params": {"iterative": False, **TOP, "conductance": "squared"}}  # fmt: skip
    with pytest.raises(Refused, match="'squared' is not allowed; write absolute or square or "):
        project.sweep("spectral")


def test_the_start_is_left_as_it_was(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    before = {name: weight.clone() for name, weight in weights_of(start).items()}
    tiny.run(spectral.sweep, task, quiet, BUDGETS, recipe(epochs=1, iterative=False, **TOP),
             start=Start(start))  # fmt: skip
    assert all(weight.equal(before[name]) for name, weight in weights_of(start).items())
