"""Every method on a GPU: the CPU's networks up to rounding, and the same bytes every time.

Left out where PyTorch sees no GPU. Draws of dropout differ between devices, so there is none.
"""

import pytest
import torch
from helpers.fingerprints import METHODS, of_network, run, task
from helpers.tiny import tiny_data

from brainside.methods.contract import Task
from brainside.methods.shared.curvature import FORMS, diagonal
from brainside.networks.architectures import build
from brainside.representations import checkpoint
from brainside.training.machine import prepare

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU")
# What a method counts must agree; norms and losses differ as sums in another order do, and more
# where a decision (a mask, the group that is removed) hangs on a near tie.
TOLERANCE = 0.05


def on(device: str, name: str, folder) -> list[bytes]:
    """The checkpoint files of a method that was trained on a device."""
    given = task(name)
    network = {**given.network, "dropout": 0.0} if "dropout" in given.network else given.network
    moved = Task(given.name, given.data.to(device), network, given.reference_weights)
    prepare()
    return [checkpoint.encode(stored) for stored in run(name, folder / device, moved)]


@pytest.mark.parametrize("name", METHODS)
def test_a_gpu_trains_the_network_that_the_cpu_trains(project, name, tmp_path):
    files = {device: on(device, name, tmp_path) for device in ("cpu", "cuda")}
    assert len(files["cpu"]) == len(files["cuda"]) > 0
    for ours, theirs in zip(files["cpu"], files["cuda"], strict=True):
        expected, found = (of_network(checkpoint.decode(f, budget=1.0)) for f in (ours, theirs))
        assert found[0] == expected[0]
        assert found[1:] == pytest.approx(expected[1:], rel=TOLERANCE)


@pytest.mark.parametrize("name", METHODS)
def test_a_gpu_gives_the_same_bytes_twice(project, name, tmp_path):
    first, second = (on("cuda", name, tmp_path / part) for part in "ab")
    assert first == second


@pytest.mark.parametrize("form", FORMS)
def test_curvature_on_a_gpu_is_the_cpus(form):
    network = {"name": "mlp", "sizes": [16, 8, 3]}
    found = {}
    for device in ("cpu", "cuda"):
        built = build(network, seed=3).to(device)
        values = diagonal(built, tiny_data().to(device).train, "cross-entropy", form, seed=1)
        found[device] = {name: value.cpu() for name, value in values.items()}
    for name, expected in found["cpu"].items():
        torch.testing.assert_close(found["cuda"][name], expected, rtol=1e-4, atol=1e-6)


def test_float32_is_float32_on_a_gpu():
    """Convolutions there would otherwise round their inputs to ten bits."""
    prepare()
    generator = torch.Generator().manual_seed(0)
    images, kernels = (torch.randn(8, 16, 12, 12, generator=generator) for _ in range(2))
    kernels = kernels[:, :, :3, :3]
    exact = torch.nn.functional.conv2d(images.double(), kernels.double())
    found = torch.nn.functional.conv2d(images.cuda(), kernels.cuda()).cpu()
    assert float((found - exact).norm() / exact.norm()) < 1e-5
