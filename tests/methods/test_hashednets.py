"""Shared weights: a good hash, the right gradient, a small file, and the baselines beside it."""

import numpy as np
import pytest
import torch
from helpers import tiny
from helpers.pruning import trained_reference
from helpers.tiny import recipe, tiny_task
from scipy.stats import chisquare
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.methods import chen2015controls as controls
from brainside.methods import chen2015hashednets as hashed
from brainside.methods import hinton2015distillation as distillation
from brainside.methods.contract import Start
from brainside.networks.architectures import build
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.hashed import indices, lookup, mixed
from brainside.training import loop
from brainside.training.evaluation import evaluate

LAYER = torch.Size([1000, 784])
CONVNET = {"name": "convnet", "image": [1, 4, 4], "channels": [6], "kernel": 3, "hidden": [8],
           "classes": 3}  # fmt: skip
DEEP = {"name": "mlp", "sizes": [16, 12, 8, 3]}
METHODS = {
    "hashed": hashed.sweep, "edges": controls.random_edges, "low rank": controls.low_rank,
    "hashed, taught": hashed.distilled, "dense, taught": distillation.sweep,
}  # fmt: skip


def run(method, task, quiet, budgets=(1 / 2, 1 / 4), *, seed=3, **changes):
    chosen = recipe(**{"mixing": 0.5, "temperature": 2.0, **changes})
    taught = method in (hashed.distilled, distillation.sweep)
    base = Start(trained_reference(task, quiet.at("reference"))) if taught else None
    return tiny.run(method, task, quiet, budgets, chosen, seed=seed, start=base)


def parts(seed: int, buckets: int = 97) -> tuple[np.ndarray, np.ndarray]:
    found = indices(LAYER, buckets, seed=seed).numpy()
    return found % buckets, found >= buckets


def test_buckets_and_signs_are_evenly_used_and_tell_nothing_of_each_other():
    for seed in range(5):
        bucket, negative = parts(seed)
        for chosen in (bucket, bucket[negative], bucket[~negative], bucket[:784], bucket[::784]):
            assert chisquare(np.bincount(chosen, minlength=97)).pvalue > 1e-4
        assert abs(negative.mean() - 0.5) < 0.003


def test_neighbours_rows_and_layers_are_independent():
    bucket, negative = parts(1)
    other, other_negative = parts(2)
    grid = bucket.reshape(1000, 784)
    pairs = [(grid[:, :-1], grid[:, 1:]), (grid[:-1], grid[1:]), (bucket, other)]
    for first, second in pairs:
        assert (first == second).mean() == pytest.approx(1 / 97, abs=6e-4)
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.005
    assert (negative == other_negative).mean() == pytest.approx(0.5, abs=0.003)


def test_collisions_are_as_many_as_of_balls_thrown_at_random():
    buckets = LAYER.numel() // 8
    used = len(np.unique(parts(7, buckets)[0]))
    assert used / buckets == pytest.approx(1 - np.exp(-8), abs=0.001)
    flips = [np.bitwise_count(mixed(np.arange(10_000, dtype=np.uint64), seed=5)
             ^ mixed(np.arange(10_000, dtype=np.uint64), seed=5 ^ 1 << bit)).mean()
             for bit in range(0, 60, 7)]  # fmt: skip
    assert flips == pytest.approx([32] * len(flips), abs=0.5)


def test_the_hash_is_the_one_that_files_were_written_with():
    assert indices(torch.Size([2, 4]), 3, seed=42).tolist() == COMMITTED


COMMITTED = [5, 3, 0, 1, 0, 2, 3, 2]


def test_as_many_buckets_as_weights_share_nothing():
    assert indices(torch.Size([3, 4]), 12, seed=1).tolist() == list(range(12))


@pytest.mark.parametrize("shape", [(5, 7), (3, 2, 3, 3)])
def test_the_lookup_and_its_gradient_are_those_of_a_loop_over_edges(shape):
    shape, buckets = torch.Size(shape), 6
    free = torch.randn(1, buckets, dtype=torch.float64, requires_grad=True)
    expand = lookup(shape, buckets, 11)
    index = indices(shape, buckets, seed=11).tolist()
    by_hand = [float(free.detach()[0, i % buckets]) * (-1 if i >= buckets else 1) for i in index]
    assert expand(free).flatten().tolist() == by_hand
    upstream = torch.randn(shape, dtype=torch.float64)
    (found,) = torch.autograd.grad(expand(free), free, upstream)
    sums = torch.zeros(buckets, dtype=torch.float64)
    for i, g in zip(index, upstream.flatten().tolist(), strict=True):
        sums[i % buckets] += -g if i >= buckets else g
    torch.testing.assert_close(found[0], sums)
    assert torch.autograd.gradcheck(expand, free)


def test_virtual_weights_begin_with_the_variance_of_a_dense_layer_and_both_signs(quiet):
    task = tiny_task({"name": "mlp", "sizes": [16, 900, 3]})
    (stored,) = run(hashed.sweep, task, quiet, [1 / 8], epochs=0)
    for weight in split(stored.network())[0].values():
        assert float(weight.var()) == pytest.approx(2 / weight.shape[1], rel=0.25)
        assert abs(float(weight.mean())) < 0.2 * float(weight.std())


@pytest.mark.parametrize("spec", [DEEP, CONVNET], ids=["mlp", "convnet"])
@pytest.mark.parametrize("name", METHODS)
def test_what_was_trained_is_what_the_file_decodes_to_and_no_more_than_the_budget(
    quiet, name, spec, monkeypatch
):
    if spec is CONVNET and name == "dense, taught":
        return  # it narrows an mlp
    trained, real = [], loop.train

    def kept(network, *args, **kwargs):
        trained.append(network)
        return real(network, *args, **kwargs)

    monkeypatch.setattr(loop, "train", kept)
    task = tiny_task(spec)
    stored_networks = run(METHODS[name], task, quiet)
    networks = trained[-len(stored_networks) :]  # a teacher was trained before them
    for stored, network in zip(stored_networks, networks, strict=True):
        decoded = checkpoint.decode(checkpoint.encode(stored), budget=stored.budget)
        assert sum(w.numel() for w in stored.weights.values()) <= task.stored_weights(stored.budget)
        found = evaluate(decoded.network(), task.data.test, "cross-entropy")
        assert found.error < 0.67 or spec is CONVNET
        true = evaluate(network, task.data.test, "cross-entropy")
        assert found.loss == pytest.approx(true.loss, rel=1e-5)


@pytest.mark.parametrize("name", ["hashed", "edges", "low rank"])
def test_the_file_is_smaller_than_the_dense_one_by_about_the_budget(quiet, name):
    task = tiny_task({"name": "mlp", "sizes": [16, 2000, 3]})
    (stored,) = run(METHODS[name], task, quiet, [1 / 8], epochs=0)
    biases = 4 * sum(b.numel() for b in stored.biases.values())
    size = len(checkpoint.encode(stored)) - biases
    assert size < 4 * task.reference_weights / 8 + 2000


def test_a_network_is_wider_at_the_same_storage_when_expanded(quiet):
    task = tiny_task(DEEP)
    (wide,) = run(hashed.sweep, task, quiet, [1 / 2], expansion=4)
    assert wide.spec["network"]["sizes"] == [16, 48, 32, 3]
    assert sum(w.numel() for w in wide.weights.values()) == task.stored_weights(1 / 2)


@pytest.mark.parametrize(
    ("network", "factor", "message"),
    [
        (CONVNET, 2, "only an mlp"),
        (DEEP, 0, "expansion 0 is not a whole number above zero"),
        (DEEP, -1, "expansion -1 is not a whole number above zero"),
        (DEEP, 10**12, "network mlp: "),
    ],
)
def test_an_expansion_that_cannot_be_is_refused_in_one_line(quiet, network, factor, message):
    with pytest.raises(Refused, match=message):
        run(hashed.sweep, tiny_task(network), quiet, [1 / 2], expansion=factor)


@pytest.mark.parametrize("name", ["hashed", "edges", "low rank"])
def test_too_small_a_budget_is_refused_by_the_layers_name(quiet, name):
    with pytest.raises(Refused, match=r"layer \d\.weight"):
        run(METHODS[name], tiny_task(DEEP), quiet, [1 / 200])


def test_the_same_seed_gives_the_same_network_and_another_one_another(quiet):
    task = tiny_task(DEEP)
    for name, method in METHODS.items():
        one, two, other = (run(method, task, type(quiet)("x", quiet.folder / f"{name}{i}"),
                               [1 / 2], seed=s)[0] for i, s in enumerate([3, 3, 4]))  # fmt: skip
        for tensor, weight in one.weights.items():
            assert torch.equal(weight, two.weights[tensor])
            assert not torch.equal(weight, other.weights[tensor])


def test_dark_knowledge_is_the_formula(quiet):
    task = tiny_task(DEEP)
    teacher, student = build(DEEP, seed=1), build(DEEP, seed=2)
    loss = distillation.objective(teacher, task.data.train, {"mixing": 0.3, "temperature": 4.0})
    places = torch.tensor([5, 2, 9])
    images, labels = task.data.train.images[places], task.data.train.labels[places]
    z, t = student(images), teacher(images)
    log_q = functional.log_softmax(z / 4, 1)
    by_hand = 0.3 * functional.cross_entropy(z, labels) - 0.7 * 16 * (
        functional.softmax(t / 4, 1) * log_q).sum(1).mean()  # fmt: skip
    assert float(loss(student, images, labels, places)) == pytest.approx(float(by_hand), rel=1e-6)


def test_with_all_weight_on_the_labels_nothing_is_learned_from_the_teacher(quiet):
    task = tiny_task(DEEP)
    (taught,) = run(hashed.distilled, task, quiet, [1 / 2], mixing=1.0)
    (alone,) = run(hashed.sweep, task, type(quiet)("y", quiet.folder / "y"), [1 / 2])
    for name, weight in alone.weights.items():
        torch.testing.assert_close(weight, taught.weights[name], rtol=1e-4, atol=1e-6)
