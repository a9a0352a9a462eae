"""The processor: settings that make a run the same bytes every time, and its name."""

import ctypes
import os
import platform
from pathlib import Path

import torch

# Variables that change the last digits under the same name of a processor, by how they begin.
TUNING = ("MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "ONEDNN_", "DNNL_")


def prepare() -> None:
    """Settings that make a run the same bytes every time, and the fastest such: one thread.

    Deterministic kernels would also fill every new tensor first, which costs much and changes
    nothing here. A GPU's need a workspace of fixed size, and float32 is float32 there too.
    """
    for name in [name for name in os.environ if name.startswith(TUNING)]:
        del os.environ[name]  # before the libraries read them, at their first call
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("error")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_flush_denormal(True)  # decaying momenta of removed weights would crawl otherwise
    _keep_memory()


def _keep_memory() -> None:
    """Let glibc keep what a step frees for the next: page faults are a tenth of CIFAR-10's."""
    trim_threshold, mmap_max = -1, -4  # of malloc.h
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


def machine(information: Path = Path("/proc/cpuinfo")) -> str:
    """The kind of processor, which the last digits of a training depend on.

    Where `information` cannot be read, a question mark stands for what it would tell.
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
    return " ".join([platform.machine(), *parts, torch.backends.cpu.get_cpu_capability()])
