"""The optimiser: PyTorch's own arithmetic and its own state, without its compiler."""

import copy
import subprocess
import sys

import pytest
import torch
from torch import nn

from brainside.training.momentum import Momentum

STEPS = 5


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(108, 4))


def usual(network: nn.Module, momentum: float, weight_decay: float) -> torch.optim.SGD:
    weights = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    groups = [{"params": weights, "weight_decay": weight_decay}, {"params": others}]
    return torch.optim.SGD(groups, lr=0.1, momentum=momentum, fused=True)


def backward(network: nn.Module, step: int) -> None:
    images = torch.randn(16, 1, 8, 8, generator=torch.Generator().manual_seed(step))
    network.zero_grad()
    network(images).square().mean().backward()
    if step == 2:
        network[3].bias.grad = None  # as of what an objective does not read


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("weight_decay", [0.0, 1e-2])
def test_it_takes_the_steps_of_torch_bit_by_bit(network, momentum, weight_decay):
    theirs = copy.deepcopy(network)
    optimiser, reference = (
        Momentum(network.parameters(), momentum, weight_decay),
        usual(theirs, momentum, weight_decay),
    )
    for step in range(STEPS):
        rate = 0.1 / (step + 1)
        for of in (network, theirs):
            backward(of, step)
        for group in reference.param_groups:
            group["lr"] = rate
        optimiser.step(rate)
        reference.step()
    assert same(network, theirs)


def test_a_training_that_torchs_own_optimiser_began_is_ended_the_same(network):
    theirs = copy.deepcopy(network)
    reference = usual(theirs, 0.9, 1e-2)
    for step in range(2):
        backward(theirs, step)
        reference.step()
    network.load_state_dict(theirs.state_dict())
    optimiser = Momentum(network.parameters(), 0.9, 1e-2)
    optimiser.load_state_dict(copy.deepcopy(reference.state_dict()))
    for of in (network, theirs):
        backward(of, 2)
    optimiser.step(0.1)
    reference.step()
    assert same(network, theirs)


def test_a_job_builds_and_trains_without_importing_the_compiler():
    code = """
import sys
from brainside.jobs import sweep
from brainside.networks.architectures import build
from brainside.training.machine import prepare
from brainside.training.momentum import Momentum
prepare()
network = build({"name": "lenet5"}, seed=0)
optimiser = Momentum(network.parameters(), 0.9, 0.0)
import torch
network(torch.zeros(2, 1, 28, 28)).sum().backward()
optimiser.step(0.1)
print([name for name in ("torch._dynamo", "sympy", "scipy.stats") if name in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert run.stdout.strip() == "[]"
