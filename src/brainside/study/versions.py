"""Versions that are part of the keys, read from the source without importing it (or PyTorch)."""

import ast
import os
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from brainside.base import paths
from brainside.base.errors import Refused

# What determines a training besides its config, by its name in the keys: those of the archive must
# stay what they are, wherever the files move.
NUMERICS = {
    "data": "data/datasets.py",
    "networks": "networks/architectures.py",
    "training": "training/loop.py",
    "evaluation": "training/evaluation.py",
}
CODING = "coding/codec.py"
PLOTDATA = "jobs/plotdata.py"
DEVICE = "BRAINSIDE_DEVICE"  # the variable that says what `device: auto` is
KINDS = ("cpu", "cuda")
GPU = Path("/dev/nvidia0")  # where a driver has one


def version_of(file: str) -> int:
    """The constant VERSION of a file of this package.

    Raises FileNotFoundError where there is no such file, LookupError where it has no VERSION.
    """
    return int(literal(file, "VERSION"))


def method_version(module: str) -> int:
    """The VERSION of a method's file, by its name without ending; raises as `version_of`."""
    return version_of(f"methods/{module}.py")


def literal(file: str, name: str, package: Path | None = None) -> Any:
    """A constant of a file of this package (or of another folder), without importing it.

    Raises FileNotFoundError where there is no such file, LookupError where it has no such constant,
    ValueError where that is not a literal.
    """
    path = f"{package or paths.PACKAGE}/{file}"
    return _literal_in(path, name, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=512)
def _literal_in(path: str, name: str, _: int) -> Any:
    """The constant, cached by the time of the file, as it is asked for thousands of times."""
    for node in ast.parse(Path(path).read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = [target.id for target in targets if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and named == [name] and node.value:
            return ast.literal_eval(node.value)
    raise LookupError(f"{Path(path).name} has no {name}")


def numerics(device: str) -> dict[str, Any]:
    """What determines the arithmetic besides the config: library, device, versions of our loop.

    Reads versions without importing torch, so that the workflow can expand its paths at once.
    """
    return {
        "torch": torch_version(),
        "device": device_kind(device),
        **{name: version_of(file) for name, file in NUMERICS.items()},
    }


@lru_cache(maxsize=1)
def torch_version() -> str:
    """The version of the installed PyTorch without its build, such as +cpu."""
    return metadata.version("torch").split("+")[0]


def device_kind(device: str) -> str:
    """`cpu` or `cuda`; `auto` is what the workflow's main process found, in all of its jobs.

    Outside of a job it is `cuda` where the driver shows a GPU. Refused where the variable with
    which the main process tells it has another value.
    """
    if device != "auto":
        return device
    told = os.environ.get(DEVICE) or ("cuda" if GPU.exists() else "cpu")
    if told not in KINDS:
        raise Refused(f"{DEVICE}={told}: `device: auto` can be {' or '.join(KINDS)}")
    return told
