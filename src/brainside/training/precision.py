"""bfloat16 at float32's speed on processors without instructions for it."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
PRODUCTS = {
    aten.mm.default,
    aten.addmm.default,
    aten.bmm.default,
    aten.convolution.default,
    aten.convolution_backward.default,
}


def products(half: bool, device: torch.device) -> AbstractContextManager[Any]:
    """Where products of bfloat16 (`half`) are computed, forward and backward: a context to enter.

    PyTorch's own on processors with less than AVX-512 take 10 to 40 times as long as in float32.
    There float32's kernels get the same operands and their results are rounded the same, so that
    only the order of addition, which is in float32 everywhere, differs.
    """
    missing = not torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return Float32Products() if half and missing and device.type == "cpu" else nullcontext()


class Float32Products(TorchDispatchMode):
    """Products of bfloat16 by the kernels of float32, rounded to bfloat16."""

    def __torch_dispatch__(self, op: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The operation, in float32 where it is a product; PyTorch's hook for every operation."""
        if op not in PRODUCTS or args[0].dtype is not torch.bfloat16:
            return op(*args, **(kwargs or {}))
        found = op(*map(_widened, args), **(kwargs or {}))
        return tuple(map(_rounded, found)) if isinstance(found, tuple) else _rounded(found)


def _widened(value: Any) -> Any:
    return value.float() if isinstance(value, torch.Tensor) else value


def _rounded(value: torch.Tensor | None) -> torch.Tensor | None:
    return None if value is None else value.bfloat16()
