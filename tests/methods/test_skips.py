"""A network with a skip connection: each method covers it, or refuses it by name."""

import pytest
import torch
from helpers.tiny import recipe, run, tiny_split, tiny_task
from torch import nn

from brainside.base.errors import Refused
from brainside.methods import chen2015hashednets, lecun1990obd, reference
from brainside.methods.contract import Start, find
from brainside.methods.shared import curvature, pruning
from brainside.methods.shared.virtual import put_virtual
from brainside.networks import architectures, weights
from brainside.networks.layers import PartialConv2d


class Skip(nn.Module):
    """A layer whose inputs are added to its outputs."""

    def __init__(self, width: int):
        super().__init__()
        self.inner = nn.Linear(width, width)

    def forward(self, x):
        return x + self.inner(x)


def skipping() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), Skip(8), nn.Linear(8, 3))


SPEC = {"name": "skipping"}
INNER = r"3\.inner\.weight is inside another layer"


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The architecture's entry, and its weights."""
    entry = architectures.Architecture(skipping, lambda _: (1, 4, 4), lambda _: 2.0)
    monkeypatch.setitem(architectures.ARCHITECTURES, "skipping", entry)
    sizes = {"1.weight": (8, 16), "3.inner.weight": (8, 8), "4.weight": (3, 8)}
    of_name = {name: weights.Weight(shape) for name, shape in sizes.items()}
    monkeypatch.setitem(weights.WEIGHTS, "skipping", lambda _: of_name)


@pytest.mark.parametrize("form", [form for form in curvature.FORMS if form != "hutchinson"])
def test_a_curvature_that_is_carried_back_layer_by_layer_refuses_it(form):
    network = architectures.build(SPEC, seed=1)
    with pytest.raises(Refused, match=f"curvature '{form}' is for layers in sequence; {INNER}"):
        curvature.diagonal(network, tiny_split(12, seed=0), "cross-entropy", form)


def test_a_probe_of_the_hessian_reaches_the_inner_weights():
    network = architectures.build(SPEC, seed=1)
    found = curvature.diagonal(network, tiny_split(12, seed=0), "cross-entropy", "hutchinson")
    assert all(values.count_nonzero() > 0 for values in found.values())


def test_optimal_brain_damage_refuses_it_before_anything_is_pruned(quiet):
    task = tiny_task(SPEC)
    (dense,) = run(reference.sweep, task, quiet, [1.0], recipe())
    chosen = recipe(iterative=True, ranking="global", curvature="full")
    with pytest.raises(Refused, match=INNER):
        run(lecun1990obd.sweep, task, quiet, [0.5], chosen, start=Start(dense))


def test_a_hashed_network_has_it_and_is_rebuilt_from_its_buckets(quiet):
    (hashed,) = run(chen2015hashednets.sweep, tiny_task(SPEC), quiet, [0.25], recipe())
    network = hashed.network()
    assert isinstance(network[3], Skip)
    assert (
        network[3].inner.weight.abs().unique().numel() == hashed.weights["3.inner.weight"].numel()
    )


NESTED = r"layer 3(\.inner)? is a (Linear|Skip)"
# What each method says to a skip connection; nothing where it has the inner weights like any.
METHODS = [
    ("blalock2020random.sweep", {"iterative": True, "ranking": "global"}, None),
    ("chen2015controls.random_edges", {}, None),
    ("chen2015controls.low_rank", {}, None),
    ("cohen2003hubs.sweep", {"iterative": True, "ranking": "global", "supports": "learned",
                             "hubs": {"1.weight": 2}}, NESTED),
    ("cohen2003hubs.low_rank", {"iterative": True, "ranking": "global",
                                "hubs": {"1.weight": 2}}, NESTED),
    ("denton2014svd.sweep", {}, NESTED),
    ("frankle2019lottery.sweep", {"rewind": 0, "ranking": "global"}, None),
    ("frantar2022obc.sweep", {"ranking": "layer", "images": 10, "damping": 0.01}, NESTED),
    ("han2015magnitude.sweep", {"iterative": True, "ranking": "layer"}, None),
    ("han2015magnitude.sweep", {"iterative": True, "ranking": "layer", "remove_dead": True}, INNER),
    ("hassibi1993obs.sweep", {"iterative": False, "images": 10, "damping": 0.01, "every": 9}, None),
    ("lee2019snip.sweep", {"images": 10}, None),
    ("ramanujan2020popup.sweep", {}, NESTED),
    ("rateaware.sweep", {"iterative": True, "ranking": "global", "tradeoff": 0.1}, None),
    ("rateaware.units", {"iterative": True}, NESTED),
    ("tanaka2020synflow.sweep", {"rounds": 3}, NESTED),
    ("wang2020grasp.sweep", {"images": 10, "temperature": 200}, None),
    ("yu2019autoslim.supernet", {"held_out": 10}, "no `widths` to be slimmed"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "params", "refusal"), METHODS)
def test_every_other_method_has_it_or_refuses_it_by_name(quiet, function, params, refusal):
    task = tiny_task(SPEC)
    (dense,) = run(reference.sweep, task, quiet, [1.0], recipe(epochs=1))

    def compressed():
        chosen = recipe(epochs=1, **params)
        return run(find(function), task, quiet, [1 / 2], chosen, start=Start(dense))

    if refusal:
        with pytest.raises(Refused, match=refusal):
            compressed()
    else:
        (made,) = compressed()
        values = made.network()[3].inner.weight
        assert 0 < values.count_nonzero() and not torch.equal(
            values, dense.network()[3].inner.weight
        )


def test_quantised_training_has_or_refuses_it(quiet):
    task = tiny_task(SPEC)
    (dense,) = run(reference.sweep, task, quiet, [1.0], recipe(epochs=1))
    chosen = recipe(epochs=1, bits=2)
    with pytest.raises(Refused, match=NESTED):
        run(find("courbariaux2015qat.sweep"), task, quiet, [1.0], chosen, start=Start(dense))


def test_the_rule_for_units_between_two_layers_refuses_it():
    masks = {n: torch.ones(p.shape) > 0 for n, p in skipping().named_parameters() if p.dim() > 1}
    with pytest.raises(Refused, match=INNER):
        pruning.without_dead(masks)


@pytest.mark.parametrize("layer", [nn.BatchNorm2d(3), nn.AdaptiveAvgPool2d(2), nn.LeakyReLU()])
def test_the_recursion_refuses_a_layer_that_it_does_not_know(layer):
    network = nn.Sequential(nn.Conv2d(1, 3, 3), layer, nn.Flatten(), nn.LazyLinear(3))
    split = tiny_split(12, seed=0)
    network(split.images)
    for form in ("full", "levenberg-marquardt"):
        with pytest.raises(Refused, match=f"does not go through a {type(layer).__name__}, .* 1 is"):
            curvature.diagonal(network, split, "cross-entropy", form)
    assert curvature.diagonal(network, split, "cross-entropy", "gauss-newton")


def test_a_layer_whose_weights_cannot_be_computed_is_refused_by_name():
    network = nn.Sequential(PartialConv2d(2, [(0, 0), (1, 1)], 3), nn.Conv2d(2, 2, 3, bias=False))
    for place, kind in (("0", "PartialConv2d"), ("1", "Conv2d")):
        with pytest.raises(Refused, match=f"{place} is {kind}"):
            put_virtual(network, f"{place}.weight", torch.zeros(1), lambda free: free)


def test_a_computed_convolution_in_groups_is_the_convolution():
    plain, images = nn.Sequential(nn.Conv2d(4, 4, 3, groups=2, dilation=2)), torch.randn(2, 4, 9, 9)
    wanted, weight = plain(images), plain[0].weight.detach()
    put_virtual(plain, "0.weight", weight.flatten(), lambda free: free.view(weight.shape))
    torch.testing.assert_close(plain(images), wanted)
