"""Optimal Brain Surgeon and its layerwise form against brute force on quadratics."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from helpers import tiny
from helpers.killing import Killed, dying, elsewhere
from helpers.pruning import trained_reference
from helpers.tiny import recipe, tiny_split, tiny_task
from torch import nn

from brainside.base.errors import Refused
from brainside.data.datasets import Split
from brainside.methods import frantar2022obc as obc
from brainside.methods import hassibi1993obs as obs
from brainside.methods import reference
from brainside.methods.contract import Start
from brainside.methods.shared.matrix_layers import columns, matrix_layers
from brainside.methods.shared.surgery import inverse_of, minimum_without, remove
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.plain import masks_of, of_dense
from brainside.training import resume
from brainside.training.evaluation import evaluate, loss_of

BUDGETS = [1 / 2, 1 / 4, 1 / 8]
CONV = {"name": "convnet", "image": [1, 4, 4], "channels": [3], "kernel": 3, "hidden": [5],
        "classes": 3}  # fmt: skip
LENET1 = {"name": "lenet1", "background": -1.0}
SEPARABLE = {"name": "slimnet", "image": [1, 4, 4], "widths": [4, 6], "pool_after": [0],
             "classes": 3, "separable": True}  # fmt: skip
PARAMS = {
    "obs": (obs.sweep, {"iterative": True, "images": 40, "damping": 1e-4, "every": 40}),
    "obs one-shot": (obs.sweep, {"iterative": False, "images": 40, "damping": 1e-4, "every": 40}),
    "obc": (obc.sweep, {"ranking": "global", "images": 40, "damping": 0.01}),
    "obc in layers": (obc.sweep, {"ranking": "layer", "images": 40, "damping": 0.01}),
}
methods = pytest.mark.parametrize(("method", "params"), PARAMS.values(), ids=PARAMS)


def swept(method, params, progress, task=None, budgets=BUDGETS, *, start=None, **changes):
    task = task or tiny_task()
    start = start or trained_reference(task, progress.at("reference"))
    chosen = recipe(**{"epochs": 1, **params, **changes})
    return tiny.run(method, task, progress, budgets, chosen, start=Start(start))


def quadratic(n: int = 7, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A minimum and the Hessian around it, correlated as those of networks are."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(20, n, generator=generator, dtype=torch.float64)
    rows += 0.7 * rows[:, :1]
    return torch.randn(n, generator=generator, dtype=torch.float64), rows.T @ rows / 20


def rise(values, at, hessian) -> float:
    return float((values - at) @ hessian @ (values - at)) / 2


def best_without(w, hessian, gone) -> torch.Tensor:
    """The minimum with some variables at zero, by least squares."""
    kept = [i for i in range(len(w)) if i not in gone]
    result = torch.zeros_like(w)
    right = (hessian @ w)[kept]
    result[kept] = torch.linalg.lstsq(hessian[kept][:, kept], right[:, None]).solution[:, 0]
    return result


@pytest.mark.parametrize("seed", range(5))
def test_each_removal_is_the_cheapest_of_all_by_brute_force(seed):
    w, hessian = quadratic(seed=seed)
    found = remove(w, inverse_of(hessian, 0.0), torch.ones(7, dtype=torch.bool), 6)
    gone, total = [], 0.0
    for number, q in enumerate(found.order.tolist()):
        costs = {i: rise(best_without(w, hessian, [*gone, i]), w, hessian)
                 for i in range(7) if i not in gone}  # fmt: skip
        assert q == min(costs, key=costs.get)
        assert float(found.costs[number]) == pytest.approx(costs[q] - total, abs=1e-12)
        gone, total = [*gone, q], costs[q]
    torch.testing.assert_close(found.values, best_without(w, hessian, gone))


def test_what_may_not_go_stays_and_moves():
    w, hessian = quadratic()
    removable = torch.tensor([True, False] * 3 + [True])
    found = remove(w, inverse_of(hessian, 0.0), removable, 4)
    assert sorted(found.order.tolist()) == [0, 2, 4, 6]
    assert all(float(found.values[i]) not in (0.0, float(w[i])) for i in (1, 3, 5))
    assert remove(w, inverse_of(hessian, 0.0), removable, 0).values.equal(w)


def test_removing_one_by_one_ends_where_solving_once_ends():
    w, hessian = quadratic(40, seed=3)
    hessian += 0.1 * torch.eye(40)
    found = remove(w, inverse_of(hessian, 0.0), torch.ones(40, dtype=torch.bool), 33)
    torch.testing.assert_close(found.values, minimum_without(w, hessian, found.values != 0))
    assert float(found.costs.sum()) == pytest.approx(rise(found.values, w, hessian))
    assert not minimum_without(w, hessian, torch.zeros(40, dtype=torch.bool)).any()


def test_a_singular_hessian_needs_damping():
    w = torch.ones(3, dtype=torch.float64)
    with pytest.raises(Refused, match="not positive definite; take a larger damping"):
        inverse_of(torch.zeros(3, 3).double(), 0.0)
    found = remove(w, inverse_of(torch.zeros(3, 3).double(), 2.0), torch.ones(3) > 0, 1)
    assert float(found.costs) == pytest.approx(1.0)


@pytest.mark.parametrize("loss", ["cross-entropy", "mse", "mse-signed"])
def test_the_hessian_is_autograds_where_outputs_are_linear(loss):
    """Gauss–Newton then leaves nothing out."""
    net = build({"name": "mlp", "sizes": [16, 3]}, seed=1)
    given = tiny_split(12, seed=0)
    images = Split(given.images.double(), given.labels)
    found = obs.gauss_newton(net, images, loss)
    flat = torch.cat([p.detach().flatten() for p in net.parameters()]).double()

    def value(values):
        weight, bias = values[:48].view(3, 16), values[48:]
        return loss_of(loss)(images.images.flatten(1) @ weight.T + bias, images.labels)

    torch.testing.assert_close(found, torch.autograd.functional.hessian(value, flat))


@pytest.mark.parametrize("spec", [CONV, LENET1], ids=["convnet", "lenet1"])
def test_the_hessian_is_the_sum_of_outer_products_of_outputs(spec):
    """For squared error, twice the derivatives of each output with each other's (section 3)."""
    net = build(spec, seed=1).double()
    image = (1, 16, 16) if spec is LENET1 else (1, 4, 4)
    given = tiny_split(3, seed=0, image=image)
    images = Split(given.images.double(), given.labels)
    found = obs.gauss_newton(net, images, "mse")
    expected = torch.zeros_like(found)
    for outputs in net(images.images):
        for output in outputs:
            parts = torch.autograd.grad(output, list(net.parameters()), retain_graph=True)
            row = torch.cat([part.flatten() for part in parts])
            expected += 2 * torch.outer(row, row) / 3
    torch.testing.assert_close(found, expected)


def linear_task(loss: str = "mse"):
    """A linear network at the least squared error, where the loss is a quadratic."""
    task = tiny_task({"name": "mlp", "sizes": [16, 3]})
    images, labels = task.data.train.images.flatten(1).double(), task.data.train.labels
    design = torch.cat([images, torch.ones(len(images), 1)], 1)
    best = torch.linalg.lstsq(design, torch.eye(3)[labels].double()).solution.float()
    net = build(task.network)
    net.load_state_dict({"1.weight": best[:16].T.contiguous(), "1.bias": best[16]})
    return task, of_dense(net, task.network, budget=1.0, epochs_total=0)


def test_in_a_linear_network_the_predicted_increase_is_the_actual_one_and_obs_beats_others(quiet):
    task, start = linear_task()
    params = {"iterative": False, "images": 60, "damping": 1e-9, "every": 48, "loss": "mse"}
    for stored in swept(obs.sweep, params, quiet, task, start=start, epochs=0):
        columns = stored.columns
        assert columns["predicted_increase"] == pytest.approx(columns["actual_increase"], rel=1e-3)
        zeroed = start.network()  # the same weights deleted, none moved
        zeroed[1].weight.data *= masks_of(stored)["1.weight"]
        train = task.data.train
        before = evaluate(start.network(), train, "mse").loss
        assert columns["actual_increase"] < evaluate(zeroed, train, "mse").loss - before


def test_in_a_linear_network_obs_ends_at_the_least_loss_of_its_mask(quiet):
    task, start = linear_task()
    params = {"iterative": False, "images": 60, "damping": 1e-9, "every": 7, "loss": "mse"}
    (stored,) = swept(obs.sweep, params, quiet, task, [1 / 4], start=start, epochs=0)
    images, labels = task.data.train.images.flatten(1).double(), task.data.train.labels
    weight, bias = stored.network()[1].weight, stored.network()[1].bias
    for row, mask in enumerate(masks_of(stored)["1.weight"]):
        design = torch.cat([images[:, mask], torch.ones(len(images), 1)], 1)
        best = torch.linalg.lstsq(design, (labels == row)[:, None].double()).solution[:, 0]
        found = torch.cat([weight[row][mask], bias[row : row + 1]])
        torch.testing.assert_close(found.detach().double(), best, atol=1e-4, rtol=1e-3)


def test_the_hessian_is_computed_anew_as_often_as_asked_for(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    often, once = (swept(obs.sweep, {**PARAMS["obs"][1], "every": every}, quiet, task, [1 / 4],
                         start=start, epochs=0)[0] for every in (10, 1000))  # fmt: skip
    assert abs(often.columns["predicted_increase"] - once.columns["predicted_increase"]) > 1e-6


def test_the_network_of_1989_is_small_enough(quiet):
    task = tiny_task(LENET1)
    data = task.data.__class__("tiny", *(tiny_split(20, seed=s, image=(1, 16, 16), classes=10)
                                         for s in range(3)), "0" * 64, 10)  # fmt: skip
    task = task.__class__("tiny/1989", data, LENET1, task.reference_weights)
    start = of_dense(build(LENET1, seed=1), LENET1, budget=1.0, epochs_total=0)
    params = {"iterative": False, "images": 10, "damping": 1e-3, "every": 2000}
    (stored,) = swept(obs.sweep, params, quiet, task, [1 / 2], start=start, epochs=0)
    kept = sum(int(m.sum()) for m in masks_of(stored).values())
    assert kept == task.stored_weights(1 / 2)
    pairs = zip(split(stored.network())[1].values(), split(start.network())[1].values(),
                strict=True)  # fmt: skip
    assert any(not torch.equal(after, before) for after, before in pairs)  # biases move


def layer_trace(seed: int = 0, rows: int = 3, inputs: int = 5):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(inputs, 30, generator=generator, dtype=torch.float64)
    x[1:] += 0.8 * x[:-1]
    weight = torch.randn(rows, inputs, generator=generator, dtype=torch.float64)
    return x, weight, 2 * x @ x.T


def layer_error(x, weight, kept) -> float:
    """The least ‖WX − ŴX‖² of all Ŵ of a mask."""
    return sum(float((row @ x - best_row(x, row, mask) @ x).square().sum())
               for row, mask in zip(weight, kept, strict=True))  # fmt: skip


def best_row(x, row, mask):
    result = torch.zeros_like(row)
    if mask.any():
        result[mask] = torch.linalg.lstsq(x[mask].T, (row @ x)[:, None]).solution[:, 0]
    return result


@pytest.mark.parametrize("seed", range(4))
def test_a_trace_has_the_rises_of_the_layers_squared_error_and_takes_the_least(quiet, seed):
    x, weight, hessian = layer_trace(seed)
    trace = obc.trace(weight, hessian, 1e-12, quiet)
    assert trace.energy == pytest.approx(float((weight @ x).square().sum()))
    for row in range(len(weight)):
        mask = torch.ones_like(weight, dtype=torch.bool)
        for q, cost in zip(trace.order[row].tolist(), trace.costs[row].tolist(), strict=True):
            before, rises = layer_error(x, weight, mask), {}
            for i in mask[row].nonzero().flatten().tolist():
                without = mask.clone()
                without[row, i] = False
                rises[i] = layer_error(x, weight, without) - before
            assert min(rises, key=rises.get) == q
            assert cost == pytest.approx(rises[q], rel=1e-6, abs=1e-9)
            mask[row, q] = False


@pytest.mark.parametrize("kept", range(1, 15))
def test_rows_give_up_weights_in_the_order_of_a_heap_of_their_next_costs(quiet, kept):
    _, weight, hessian = layer_trace(2)
    trace = obc.trace(weight, hessian, 1e-12, quiet)
    steps = [0, 0, 0]
    for _ in range(weight.numel() - kept):
        heads = {r: float(trace.costs[r, s]) for r, s in enumerate(steps) if s < 5}
        steps[min(heads, key=heads.get)] += 1
    flat = obc.thresholds(trace).flatten().sort(descending=True).indices[:kept]
    counts = torch.zeros(15, dtype=torch.int64).index_fill(0, flat, 1).view(3, 5).sum(1)
    masks = obc.in_order(trace, counts)
    assert [5 - int(m.sum()) for m in masks] == steps
    for row, mask in enumerate(masks):
        assert set(trace.order[row, : steps[row]].tolist()).isdisjoint(mask.nonzero().flatten())


@pytest.mark.parametrize("spec", [None, CONV], ids=["mlp", "convnet"])
def test_layers_keep_values_that_are_best_for_their_own_inputs(quiet, spec):
    task = tiny_task(spec)
    start = trained_reference(task, quiet.at("reference"))
    params = {"ranking": "global", "images": 60, "damping": 1e-9}
    (stored,) = swept(obc.sweep, params, quiet, task, [1 / 2], start=start, epochs=0)
    dense, sparse, masks = start.network(), stored.network(), masks_of(stored)
    inputs = task.data.train.images
    for layer, new in zip(dense, sparse, strict=True):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            name = next(n for n, m in matrix_layers(sparse, "x").items() if m is new)
            x = columns(layer, inputs).double().T
            kept = masks[name].flatten(1)
            pairs = zip(layer.weight.detach().flatten(1).double(), kept, strict=True)
            best = torch.stack([best_row(x, row, mask) for row, mask in pairs])
            torch.testing.assert_close(new.weight.detach().flatten(1).double() @ x, best @ x,
                                       atol=1e-3, rtol=1e-3)  # fmt: skip
        inputs = layer(inputs).detach()


def test_globally_layers_are_ranked_by_relative_errors_whatever_the_size_of_their_inputs(quiet):
    network = nn.Sequential(nn.Linear(5, 3, bias=False), nn.Linear(5, 3, bias=False))
    point = SimpleNamespace(weights=12, settings={"ranking": "global"})
    found = []
    for size in (1.0, 10.0):
        traces = {}
        for number, scale in enumerate((1.0, size)):
            _, weight, hessian = layer_trace(number)
            traces[f"{number}.weight"] = obc.trace(weight, scale**2 * hessian, 1e-12, quiet)
        found.append(obc.compress(network, traces, point))
    for name, mask in found[0].items():
        assert torch.equal(mask, found[1][name])
        assert 0 < int(mask.sum()) < mask.numel()


def test_unfolded_patches_times_the_matrix_are_the_convolution():
    for layer in (nn.Conv2d(2, 3, 3, padding=1, stride=2, bias=False),
                  nn.Conv2d(2, 3, 2, bias=False)):  # fmt: skip
        x = torch.randn(4, 2, 6, 5)
        product = columns(layer, x) @ layer.weight.flatten(1).T
        expected = layer(x).permute(0, 2, 3, 1).flatten(0, 2)
        torch.testing.assert_close(product, expected)


def test_without_retraining_biases_are_those_of_the_start(quiet):
    task = tiny_task()
    start = trained_reference(task, quiet.at("reference"))
    (stored,) = swept(*PARAMS["obc"], quiet, task, [1 / 4], start=start, epochs=0)
    assert all(torch.equal(stored.biases[n], b) for n, b in start.biases.items())


def test_in_layers_each_keeps_its_part(quiet):
    task = tiny_task()
    (stored,) = swept(*PARAMS["obc in layers"], quiet, task, [1 / 4], epochs=0)
    for mask in masks_of(stored).values():
        assert abs(int(mask.sum()) - mask.numel() / 4) < 1


@methods
@pytest.mark.parametrize("spec", [None, CONV], ids=["mlp", "convnet"])
def test_budgets_are_exact_and_removed_weights_zero(quiet, method, params, spec):
    task = tiny_task(spec)
    for stored in swept(method, params, quiet, task):
        masks, weights = masks_of(stored), split(stored.network())[0]
        assert sum(int(m.sum()) for m in masks.values()) == task.stored_weights(stored.budget)
        assert all(bool((weights[n][~masks[n]] == 0).all()) for n in masks)
        assert stored.columns["epochs_total"] >= 3


def test_with_iterative_masks_only_shrink_and_epochs_add_up(quiet):
    stored = swept(*PARAMS["obs"], quiet)
    assert [each.columns["epochs_total"] for each in stored] == [3, 4, 5]
    for before, after in pairwise(map(masks_of, stored)):
        assert all(bool((after[n] <= before[n]).all()) for n in after)


@pytest.mark.parametrize("name", ["obs one-shot", "obc"])
def test_a_one_shot_budget_does_not_depend_on_the_others(quiet, name):
    method, params = PARAMS[name]
    start = trained_reference(tiny_task(), quiet.at("reference"))
    together = swept(method, params, quiet, start=start)
    (alone,) = swept(method, params, quiet, budgets=[1 / 8], start=start)
    assert checkpoint.encode(together[-1]) == checkpoint.encode(alone)


@methods
def test_the_same_run_gives_the_same_bytes(quiet, method, params):
    once, twice = (swept(method, params, elsewhere(quiet, at)) for at in "ab")
    assert [checkpoint.encode(each) for each in once] == [checkpoint.encode(e) for e in twice]


@pytest.mark.parametrize("dies_at", range(1, 9))
@pytest.mark.parametrize("name", ["obs", "obc"])
def test_a_run_that_was_killed_anywhere_ends_in_the_same_bytes(quiet, monkeypatch, name, dies_at):
    method, params = PARAMS[name]
    args = {"start": trained_reference(tiny_task(), quiet.at("reference")), "budgets": [1 / 4],
            "epochs": 4}  # fmt: skip
    (whole,) = swept(method, params, elsewhere(quiet, "whole"), **args)
    monkeypatch.setattr(resume, "SAVE_EVERY", 0.0)
    try:
        swept(method, params, dying(quiet, dies_at), **args)
    except Killed:
        pass
    (again,) = swept(method, params, quiet, **args)
    assert checkpoint.encode(whole) == checkpoint.encode(again)


def dense(spec):
    return of_dense(build(spec, seed=1), spec, budget=1.0, epochs_total=0)


WIDE = {"name": "mlp", "sizes": [16, 400, 3]}
WRONG = {
    "too large": ("obs", {}, dense(WIDE), "network mlp has 8,003 parameters; .* 6,000 at most"),
    "too many images": ("obs", {"images": 61}, None, "images 61: tiny/mlp8 has 60"),
    "too many images for layers": ("obc", {"images": 61}, None, "images 61: tiny/mlp8 has 60"),
    "partial maps": ("obc", {}, dense(LENET1), "layer 6 is a PartialConv2d"),
    "groups": ("obc", {}, dense(SEPARABLE), "layer 4 is a Conv2d in groups"),
    "no start": ("obc", {}, (), "write `reference: true`"),
    "no start for obs": ("obs", {}, (), "write `reference: true`"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused_in_one_line_before_any_training(quiet, trainings, wrong):
    name, changes, start, message = WRONG[wrong]
    method, params = PARAMS[name]
    task = tiny_task(start.spec if start else None)
    begin = None if start == () else Start(start or dense(task.network))
    with pytest.raises(Refused, match=message) as refusal:
        tiny.run(method, task, quiet, [1 / 2], recipe(**{**params, **changes}), start=begin)
    assert not trainings and "\n" not in str(refusal.value)


def test_layers_are_compressed_from_a_dense_start_only(quiet):
    (pruned, _, _) = swept(*PARAMS["obs"], quiet)
    with pytest.raises(Refused, match="starts from a dense network"):
        swept(*PARAMS["obc"], quiet, start=pruned)


def test_a_layer_inside_of_another_is_refused_by_name():
    nested = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 2), nn.ReLU()))
    with pytest.raises(Refused, match="layer 1.0 is a Linear"):
        matrix_layers(nested, "a method")


def test_the_reference_is_not_changed(quiet):
    (start,) = tiny.run(reference.sweep, tiny_task(), quiet.at("r"), [1.0], recipe())
    before = checkpoint.encode(start)
    for method, params in PARAMS.values():
        swept(method, params, quiet, start=start, budgets=[1 / 2])
    assert checkpoint.encode(start) == before
