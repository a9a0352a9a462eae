"""bfloat16 on processors without it: the same numbers up to rounding, by float32's kernels."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn

from brainside.training.precision import Float32Products, products


def step(context):
    """Outputs and gradients of a small network with convolutions, a matrix product and a loss."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, groups=4),
        nn.Flatten(), nn.Linear(8 * 6 * 6, 10),
    )  # fmt: skip
    images, labels = torch.randn(16, 3, 16, 16), torch.arange(16) % 10
    with context:
        with torch.autocast("cpu", torch.bfloat16):
            outputs = network(images)
        nn.functional.cross_entropy(outputs.float(), labels).backward()
    return [outputs.detach(), *(p.grad for p in network.parameters())]


def test_a_step_is_that_of_the_native_kernels_up_to_rounding():
    for native, emulated in zip(step(nullcontext()), step(Float32Products()), strict=True):
        assert native.dtype == emulated.dtype
        scale = float(native.abs().max())
        torch.testing.assert_close(emulated, native, rtol=2**-6, atol=2**-6 * scale)


def test_a_product_is_the_exact_one_rounded_once():
    left, right = torch.randn(2, 64, 64, generator=torch.Generator().manual_seed(0)).bfloat16()
    with Float32Products():
        found = left @ right
    exact = left.double() @ right.double()
    nearest = exact.bfloat16()
    assert found.dtype == torch.bfloat16
    near_ties = (found != nearest).float().mean()
    assert near_ties < 0.01
    torch.testing.assert_close(found.double(), exact, rtol=2**-8 + 1e-6, atol=1e-5)


def test_float32_stays_what_it_is():
    left, right = torch.randn(2, 64, 64)
    with Float32Products():
        inside = left @ right
    assert inside.equal(left @ right)


@pytest.mark.parametrize(
    ("capability", "half", "device", "emulated"),
    [
        ("AVX2", True, "cpu", True),
        ("DEFAULT", True, "cpu", True),
        ("AVX512", True, "cpu", False),
        ("AVX2", False, "cpu", False),
        ("AVX2", True, "cuda", False),
    ],
)
def test_only_where_a_processor_lacks_it(monkeypatch, capability, half, device, emulated):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    context = products(half, torch.device(device))
    assert isinstance(context, Float32Products) == emulated
