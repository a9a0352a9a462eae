"""The loop: the same bytes however often it is interrupted, and the arithmetic it promises."""

import itertools
import math

import pytest
import torch
from helpers.killing import Killed, dying
from helpers.tiny import recipe, tiny_data
from torch import nn
from torch.nn import functional

from brainside.base.seeds import derive
from brainside.data.datasets import Data
from brainside.methods.shared import virtual
from brainside.networks import architectures
from brainside.training import loop, resume
from brainside.training.evaluation import evaluate
from brainside.training.resume import ResumePoint

MLP = {"name": "mlp", "sizes": [16, 8, 3]}
DROPOUT = {**MLP, "dropout": 0.5}


def trained(quiet, *, spec=MLP, data=None, seed=0, constrain=None, **changes):
    network = architectures.build(spec, seed=1)
    how = loop.train(network, data or tiny_data(), recipe(**changes), seed=seed,
                         progress=quiet, constrain=constrain)  # fmt: skip
    return network, how


def same(first: nn.Module, second: nn.Module) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("changes", [{}, {"spec": DROPOUT}, {"precision": "bfloat16"}], ids=str)
def test_the_same_seed_gives_the_same_network_and_another_seed_another(quiet, changes):
    torch.rand(3)  # the global generator has no say
    first = trained(quiet, **changes)[0]
    torch.manual_seed(99)
    assert same(first, trained(quiet, **changes)[0])
    assert not same(first, trained(quiet, seed=1, **changes)[0])


@pytest.mark.parametrize("death", [1, 2, 5, 6])
@pytest.mark.parametrize("spec", [MLP, DROPOUT], ids=["mlp", "dropout"])
def test_a_killed_training_goes_on_to_the_same_bytes(quiet, monkeypatch, spec, death):
    monkeypatch.setattr(resume, "SAVE_EVERY", 0)
    changes = {"spec": spec, "epochs": 6, "l1": 0.001}
    whole, how = trained(quiet, **changes)
    with pytest.raises(Killed):
        trained(dying(quiet, death), **changes)
    calls = []
    resumed, again = trained(quiet, constrain=lambda network: calls.append(1), **changes)
    assert same(whole, resumed) and again == how
    assert len(calls) == 6 * (6 - (death - 1))  # six batches an epoch, the saved epochs not redone
    assert not list(quiet.folder.iterdir())


def test_a_training_killed_within_an_epoch_and_killed_again_ends_in_the_same_bytes(
    quiet, monkeypatch
):
    monkeypatch.setattr(resume, "SAVE_EVERY", 0)
    whole = trained(quiet, epochs=4)[0]
    for steps in (9, 3, 8):

        def constrain(network, left=itertools.count(steps, -1)):  # noqa: B008
            if next(left) == 0:
                raise Killed

        with pytest.raises(Killed):
            trained(quiet, epochs=4, constrain=constrain)
    assert same(whole, trained(quiet, epochs=4)[0])


def test_a_gradient_that_is_too_long_is_shortened_and_any_other_left_as_it_is(quiet):
    plain = {"epochs": 1, "batch": 60, "momentum": 0.0, "weight_decay": 0.0, "l1": 0.001,
             "schedule": "constant"}  # fmt: skip
    built = architectures.build(MLP, seed=1)
    start = torch.cat([p.detach().flatten() for p in built.parameters()])

    def step(**changes) -> torch.Tensor:
        network = trained(quiet, **plain, **changes)[0]
        return torch.cat([p.detach().flatten() for p in network.parameters()]) - start

    whole, short = step(), step(clip=0.01)
    assert torch.equal(step(clip=1e6), whole)
    assert float(short.norm()) == pytest.approx(0.05 * 0.01, rel=1e-3)
    torch.testing.assert_close(short / short.norm(), whole / whole.norm(), atol=1e-3, rtol=0)


def test_a_diverged_training_killed_at_its_end_reports_what_an_undisturbed_one_does(
    quiet, monkeypatch
):
    monkeypatch.setattr(resume, "SAVE_EVERY", 0)
    changes = {"epochs": 5, "learning_rate": 1e30}
    whole = trained(quiet, **changes)[1]

    def kill(_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(ResumePoint, "remove", kill)
        trained(quiet, **changes)
    assert trained(quiet, **changes)[1].epochs == whole.epochs


def test_batches_depend_on_the_seed_and_the_epoch_only(quiet):
    """Seen by a network that notes the first pixel of each image, which is its number."""

    class Notes(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.seen = nn.Linear(1, 3), []

        def forward(self, images):
            if self.training:
                self.seen.append(images[:, 0, 0, 0].int().tolist())
            return self.layer(images[:, 0, 0, :1])

    data = tiny_data()
    data.train.images[:, 0, 0, 0] = torch.arange(60)
    seen = {}
    for seed, epochs, rate in [(0, 2, 0.0), (0, 3, 1.0), (1, 2, 0.0)]:
        network = Notes()
        loop.train(network, data, recipe(epochs=epochs, learning_rate=rate, batch=25),
                       seed=seed, progress=quiet)  # fmt: skip
        seen[seed, epochs] = network.seen
    assert seen[0, 2] == seen[0, 3][:6] != seen[1, 2]
    assert [len(batch) for batch in seen[0, 2]] == [25, 25, 10] * 2
    epochs = [sum(seen[0, 2][:3], []), sum(seen[0, 2][3:], [])]
    assert epochs[0] != epochs[1]
    assert all(sorted(order) == list(range(60)) for order in epochs)


def test_a_step_is_that_of_momentum_by_hand_and_spares_biases_from_decay_and_l1(quiet):
    chosen = recipe(epochs=1, batch=30, weight_decay=0.3, l1=0.2, learning_rate=0.1,
                    schedule="linear")  # fmt: skip
    data = tiny_data()
    network = architectures.build(MLP, seed=1)
    parameters = {n: p.detach().clone() for n, p in network.named_parameters()}
    momenta = {name: torch.zeros_like(p) for name, p in parameters.items()}
    order = loop.shuffled(60, seed=derive(5, "order", 0))
    for step, batch in enumerate(order.split(30)):
        leaves = {name: p.requires_grad_() for name, p in parameters.items()}
        outputs = torch.func.functional_call(network, leaves, data.train.images[batch])
        loss = functional.cross_entropy(outputs, data.train.labels[batch])
        gradients = dict(zip(leaves, torch.autograd.grad(loss, leaves.values()), strict=True))
        for name, p in parameters.items():
            regularised = 0.3 * p + 0.2 * p.sign() if "weight" in name else 0
            momenta[name] = 0.9 * momenta[name] + gradients[name] + regularised
        rate = 0.1 * (1 - step / 2)
        parameters = {n: (p - rate * momenta[n]).detach() for n, p in parameters.items()}
    loop.train(network, data, chosen, seed=5, progress=quiet)
    for name, p in network.named_parameters():
        assert torch.allclose(p, parameters[name], atol=1e-6), name


@pytest.mark.parametrize(("name", "ends"), [("constant", (1, 1, 1)), ("linear", (1, 0.5, 0)),
                                            ("cosine", (1, 0.5, 0))])  # fmt: skip
def test_schedules_start_at_the_full_rate_and_end_where_their_name_says(name, ends):
    rate = loop.SCHEDULES[name]
    assert (rate(0), rate(0.5), rate(1)) == pytest.approx(ends, abs=1e-12)
    steps = [rate(n / 50) for n in range(51)]
    assert steps == sorted(steps, reverse=True) and set(loop.SCHEDULES) >= {name}


def test_a_warm_up_starts_from_nothing_and_then_is_the_schedule_without_it():
    warm, cosine = loop.SCHEDULES["warm-cosine"], loop.SCHEDULES["cosine"]
    assert warm(0) == 0 and 0.4 < warm(0.05) < 0.5
    assert all(warm(n / 50) == cosine(n / 50) for n in range(5, 51))


@pytest.mark.parametrize("spoilt", ["rate", "data"])
def test_divergence_ends_the_training_and_is_reported(quiet, spoilt):
    data = tiny_data()
    if spoilt == "data":
        data.train.images[7] = math.nan
    _, how = trained(quiet, data=data, epochs=9, learning_rate=1e30 if spoilt == "rate" else 0.1)
    assert how.diverged and how.epochs < 9


@pytest.mark.parametrize("changes", [{}, {"loss": "mse"}, {"precision": "bfloat16"},
                                     {"schedule": "constant"}, {"l1": 1e-4}], ids=str)  # fmt: skip
def test_a_learnable_task_is_learnt(quiet, changes):
    data: Data = tiny_data(150)
    changes = {"epochs": 10, **changes}
    loss = changes.get("loss", "cross-entropy")
    before = evaluate(architectures.build(MLP, seed=1), data.train, loss)
    network, how = trained(quiet, data=data, **changes)
    after = evaluate(network, data.train, loss)
    assert after.loss < before.loss / 2
    assert evaluate(network, data.test, loss).error < 0.3 < before.error
    assert (how.epochs, how.diverged) == (10, False)
    assert after.loss < how.valid_loss_before < before.loss


def test_bfloat16_leaves_parameters_in_float32_and_changes_the_arithmetic(quiet):
    half, whole = (trained(quiet, precision=p)[0] for p in ("bfloat16", "float32"))
    assert {p.dtype for p in half.parameters()} == {torch.float32}
    assert not same(half, whole)


def test_training_never_sees_the_test_split(quiet):
    data = tiny_data()
    data.test.images.fill_(math.nan)
    first = trained(quiet, data=data)[0]
    assert same(first, trained(quiet)[0])


def test_the_constraint_has_the_last_word_in_every_step(quiet):
    seen = []

    @torch.no_grad()
    def constrain(network):
        seen.append(float(network[1].weight[0, 0]))
        network[1].weight[0].zero_()

    network = trained(quiet, constrain=constrain)[0]
    assert len(seen) == 2 * 6 and any(seen)
    assert not network[1].weight[0].any()


def test_what_reads_images_has_channels_last_also_where_its_weights_are_computed():
    image, flat = torch.channels_last, torch.contiguous_format
    spec = {"name": "convnet", "image": [1, 4, 4], "channels": [3], "kernel": 3, "hidden": [],
            "classes": 3}  # fmt: skip
    convnet = architectures.build(spec, seed=1)
    assert loop.layout(convnet) is image
    virtual.put_virtual(convnet, "0.weight", torch.zeros(27), lambda free: free.view(3, 1, 3, 3))
    assert loop.layout(convnet) is image
    assert loop.layout(architectures.build({"name": "lenet1"})) is image
    assert loop.layout(architectures.build(MLP)) is flat
    assert loop.layout(architectures.build({**MLP, "pixels": [0.1, 0.3]})) is flat


def test_the_columns_of_a_record_count_epochs_on_from_those_before(quiet):
    _, how = trained(quiet, epochs=3)
    assert how.columns(before=4) == {"epochs_total": 7, "diverged": False,
                                     "valid_loss_before": how.valid_loss_before}  # fmt: skip
    assert how.columns()["epochs_total"] == 3


def test_a_resume_point_gives_back_modules_and_values_and_is_saved_no_more_often_than_asked(
    tmp_path,
):
    network = architectures.build(MLP, seed=1)
    point = ResumePoint(tmp_path / "x.state", every=0.0, network=network)
    assert point.load() == {}
    point.save(epoch=3, path=[(0.5, 7, [2, 3])], end=math.inf)
    other = architectures.build(MLP, seed=2)
    loaded = ResumePoint(tmp_path / "x.state", network=other).load()
    assert loaded == {"epoch": 3, "path": [(0.5, 7, [2, 3])], "end": math.inf}
    assert same(network, other)
    ResumePoint(tmp_path / "x.state", every=1e9, network=other).save(epoch=4)
    assert point.load()["epoch"] == 3
    point.remove()
    assert point.load() == {}
