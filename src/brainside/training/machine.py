"""The processor: settings that make a run the same bytes every time, and its name."""

import ctypes
import os
import platform
from pathlib import Path

import torch

from brainside.base import numerics
from brainside.base.errors import Refused

# Variables that change the last digits under the same name of a processor, by how they begin.
TUNING = ("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "ONEDNN_", "DNNL_")
# What has PyTorch, MKL and oneDNN take the same path on every processor with AVX2.
PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "AVX2",
}  # fmt: skip


def prepare() -> None:
    """Settings that make a run the same bytes every time, and the fastest such: one thread.

    Deterministic kernels would also fill every new tensor first, which costs much and changes
    nothing here. A GPU's need a workspace of fixed size, and float32 is float32 there too.
    Raises Refused where portable numerics are asked for and the processor does not have them.
    """
    _choose_instructions()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_flush_denormal(True)  # decaying momenta of removed weights would crawl otherwise
    _keep_memory()


def _choose_instructions() -> None:
    """Set the variables of the libraries, before these read them at their first call."""
    for name in [name for name in os.environ if name.startswith(TUNING)]:
        del os.environ[name]
    if numerics.portable():
        if not torch.cpu._is_avx2_supported():
            raise Refused(f"{numerics.VARIABLE}={numerics.PORTABLE} needs a processor with AVX2")
        os.environ.update(PORTABLE)


def _keep_memory() -> None:
    """Let glibc keep what a step frees for the next: page faults are a tenth of CIFAR-10's."""
    trim_threshold, mmap_max = -1, -4  # of malloc.h
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


def machine(information: Path = Path("/proc/cpuinfo")) -> str:
    """The kind of processor, and its instructions, which the last digits of a training depend on.

    Portable numerics stand in the place of the instructions, which are the same everywhere. Where
    `information` cannot be read, a question mark stands for what it would tell.
    """
    fields: dict[str, str] = {}
    try:
        lines = information.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    parts = [fields.get(n, "?") for n in ("vendor_id", "cpu family", "model")]
    own = torch.backends.cpu.get_cpu_capability
    instructions = numerics.PORTABLE if numerics.portable() else own()
    return " ".join([platform.machine(), *parts, instructions])
