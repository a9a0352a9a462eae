"""The curvature against autograd's Hessian, finite differences and BackPACK."""

import pytest
import torch
from helpers.tiny import tiny_split
from scipy.stats import spearmanr
from torch import nn

from brainside.base.errors import Refused
from brainside.data.datasets import Split
from brainside.methods.shared import curvature
from brainside.networks import architectures
from brainside.training.evaluation import loss_of

LOSSES = ["cross-entropy", "mse", "mse-signed"]
ONE_LAYER = {"name": "mlp", "sizes": [16, 3]}
DEEP = {"name": "mlp", "sizes": [16, 6, 5, 3]}
CONV = {"name": "convnet", "image": [1, 8, 8], "channels": [3, 4], "kernel": 3, "hidden": [],
        "classes": 3}  # fmt: skip


def network(spec: dict, seed: int = 1) -> nn.Module:
    """A network with biases that are not zero, in double precision."""
    built = architectures.build(spec, seed=seed).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in built.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter += 0.2 * noise
    return built


def images(n: int = 12, image=(1, 4, 4), classes: int = 3) -> Split:
    found = tiny_split(n, seed=0, image=image, classes=classes)
    return Split(found.images.double(), found.labels)


def exact(net: nn.Module, split: Split, loss: str) -> dict[str, torch.Tensor]:
    """The diagonal by differentiating each weight's gradient once more."""
    weights = {name: p for name, p in net.named_parameters() if p.dim() > 1}
    value = loss_of(loss)(net(split.images), split.labels)
    gradients = torch.autograd.grad(value, list(weights.values()), create_graph=True)
    found = {}
    for (name, weight), gradient in zip(weights.items(), gradients, strict=True):
        rows = [torch.autograd.grad(g, weight, retain_graph=True)[0].flatten()[i]
                for i, g in enumerate(gradient.flatten())]  # fmt: skip
        found[name] = torch.stack(rows).view_as(weight).detach()
    return found


def flat(found: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([values.flatten() for values in found.values()])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("output", ["linear", "sigmoid", "tanh"])
def test_of_one_layer_the_full_recursion_is_exact(loss, output):
    if loss == "cross-entropy" and output != "linear":
        return  # the outputs' Hessian is not diagonal, so the activations mix it
    net, split = network({**ONE_LAYER, "output": output}), images()
    found, true = curvature.diagonal(net, split, loss, "full"), exact(net, split, loss)
    torch.testing.assert_close(flat(found), flat(true), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_through_a_chain_of_single_units_nothing_is_off_the_diagonal(activation):
    spec = {"name": "mlp", "sizes": [16, 1, 1, 1], "activation": activation, "output": "tanh"}
    net = network(spec, seed=3)
    split = Split(images().images, torch.zeros(12, dtype=torch.int64))
    found, true = (
        f(net, split, "mse", *a) for f, a in [(curvature.diagonal, ["full"]), (exact, [])]
    )
    torch.testing.assert_close(flat(found), flat(true), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("spec", [DEEP, CONV], ids=["mlp", "convnet"])
def test_gauss_newton_is_exact_where_activations_are_piecewise_linear(spec, loss):
    split = images(image=(1, 8, 8) if spec is CONV else (1, 4, 4))
    net = network(spec)
    found, true = curvature.diagonal(net, split, loss, "gauss-newton"), exact(net, split, loss)
    torch.testing.assert_close(flat(found), flat(true), rtol=1e-5, atol=1e-10)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_elsewhere_the_recursion_ranks_weights_nearly_as_the_exact_diagonal(
    activation, record_property
):
    net, split = network({**DEEP, "sizes": [16, 12, 8, 3], "activation": activation}), images(60)
    true = flat(exact(net, split, "cross-entropy"))
    found = flat(curvature.diagonal(net, split, "cross-entropy", "full"))
    rank = spearmanr(found, true).statistic
    record_property("rank correlation", float(rank))
    assert rank > 0.85


def test_finite_differences_agree_on_a_network_with_shared_weights():
    net, split = network(CONV), images(8, image=(1, 8, 8))
    found = curvature.diagonal(net, split, "mse", "gauss-newton")["0.weight"]
    weight, step = net[0].weight, 1e-4

    def loss(shift: float) -> float:
        with torch.no_grad():
            weight[1, 0, 1, 1] += shift
            value = loss_of("mse")(net(split.images), split.labels)
            weight[1, 0, 1, 1] -= shift
        return float(value)

    second = (loss(step) - 2 * loss(0) + loss(-step)) / step**2
    assert float(found[1, 0, 1, 1]) == pytest.approx(second, rel=1e-3)


def test_derivatives_of_shared_weights_are_summed_over_their_uses():
    """A convolution of 1×1 over 4×4 pixels is one linear layer used sixteen times."""
    net = nn.Sequential(nn.Conv2d(1, 3, 1), nn.Flatten(), nn.Linear(48, 3)).double()
    split = images()
    found = curvature.diagonal(net, split, "mse", "levenberg-marquardt")["0.weight"].flatten()
    second = 2 * net[2].weight.detach().square().sum(0).view(3, 16)
    by_hand = torch.einsum("cp,np->c", second, split.images.flatten(1).square()) / 12
    torch.testing.assert_close(found, by_hand)


def test_lenet1_is_covered_with_all_its_layers():
    net = network({"name": "lenet1", "background": -0.5})
    split = images(6, image=(1, 16, 16), classes=10)
    found, true = (
        curvature.diagonal(net, split, "mse-signed", "full"),
        exact(net, split, "mse-signed"),
    )
    assert {name: v.shape for name, v in found.items()} == {n: v.shape for n, v in true.items()}
    assert spearmanr(flat(found), flat(true)).statistic > 0.85
    torch.testing.assert_close(found["12.weight"], true["12.weight"], rtol=1e-5, atol=1e-10)


def test_gauss_newton_of_lenet1_is_the_sum_of_squared_gradients_of_its_outputs():
    net = network({"name": "lenet1", "background": -0.5})
    split = images(3, image=(1, 16, 16), classes=10)
    weights = [p for p in net.parameters() if p.dim() > 1]
    outputs = net(split.images).flatten()
    rows = [torch.autograd.grad(y, weights, retain_graph=True) for y in outputs]
    by_hand = [0.2 * sum(row[i].square() for row in rows) / 3 for i in range(len(weights))]
    found = curvature.diagonal(net, split, "mse-signed", "gauss-newton")
    torch.testing.assert_close(list(found.values()), by_hand)


def test_levenberg_marquardt_is_never_negative_and_is_the_full_form_of_relu_networks():
    split = images(40)
    for activation in ("tanh", "sigmoid", "relu"):
        net = network({**DEEP, "activation": activation})
        found = flat(curvature.diagonal(net, split, "mse", "levenberg-marquardt"))
        full = flat(curvature.diagonal(net, split, "mse", "full"))
        assert (found >= 0).all()
        assert torch.equal(found, full) == (activation == "relu")


def test_many_probes_of_hutchinson_find_the_exact_diagonal():
    net, split = network({**DEEP, "activation": "tanh"}), images(20)
    true = exact(net, split, "cross-entropy")
    probes = [
        curvature.diagonal(net, split, "cross-entropy", "hutchinson", seed=s) for s in range(3000)
    ]
    mean = flat({name: sum(p[name] for p in probes) / len(probes) for name in true})
    assert torch.corrcoef(torch.stack([mean, flat(true)]))[0, 1] > 0.95
    assert spearmanr(flat(probes[0]), flat(true)).statistic < 0.7


@pytest.mark.parametrize("form", curvature.FORMS)
def test_the_size_of_batches_changes_nothing(form, monkeypatch):
    net, split = network(CONV), images(12, image=(1, 8, 8))
    whole = flat(curvature.diagonal(net, split, "cross-entropy", form))
    monkeypatch.setattr(curvature, "BATCH", 5)
    torch.testing.assert_close(flat(curvature.diagonal(net, split, "cross-entropy", form)), whole)


def test_a_diverged_network_is_refused_by_the_layers_name():
    net = network(DEEP)
    with torch.no_grad():
        net[3].weight[0, 0] = float("nan")
    with pytest.raises(Refused, match=r"1\.weight is not finite"):
        curvature.diagonal(net, images(), "mse", "full")
    with pytest.raises(Refused, match="unknown curvature 'exact'"):
        curvature.diagonal(net, images(), "mse", "exact")


def test_backpack_finds_the_same_exact_diagonal():
    backpack = pytest.importorskip("backpack")
    from backpack.extensions import DiagHessian

    net, split = network(DEEP), images()
    extended, loss = backpack.extend(net), backpack.extend(nn.CrossEntropyLoss())
    with backpack.backpack(DiagHessian()):
        loss(extended(split.images), split.labels).backward()
    theirs = {n: p.diag_h for n, p in net.named_parameters() if p.dim() > 1}
    ours = curvature.diagonal(network(DEEP), split, "cross-entropy", "gauss-newton")
    torch.testing.assert_close(flat(ours), flat(theirs), rtol=1e-6, atol=1e-12)
