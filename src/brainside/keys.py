"""Content keys: a sweep is named by the hash of everything that determines its result.

The file exists if and only if the run is current, so a clone, a `touch` or a `git switch` retrains
nothing, and a change of config retrains exactly what it touches.
"""

import ast
import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent
SHARED = ("data", "networks", "training", "evaluation")


def canonical(spec: Any) -> str:
    """The one JSON text of a spec: sorted names, no spaces, ASCII, no NaN."""
    return json.dumps(spec, sort_keys=True, separators=(",", ":"), allow_nan=False)


def key(spec: Any) -> str:
    """The first eight hex digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(spec).encode()).hexdigest()[:8]


def module_version(module: str) -> int:
    """The constant VERSION of a module of this package, read without importing it.

    Raises FileNotFoundError where there is no such module, LookupError where it has no VERSION.
    """
    path = PACKAGE / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return _version_in(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _version_in(path: Path, _: int) -> int:
    """The file's VERSION; a study's expansion asks thousands of times."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["VERSION"]:
            return int(ast.literal_eval(node.value))
    raise LookupError(f"{path.name} has no VERSION")


def numerics(device: str) -> dict[str, Any]:
    """What determines the arithmetic besides the config: library, device kind, our loop's versions.

    Reads versions without importing torch, so that the workflow can expand its paths at once.
    """
    return {
        "torch": _torch(),
        "device": device_kind(device),
        **{m: module_version(m) for m in SHARED},
    }


@lru_cache(maxsize=1)
def _torch() -> str:
    return version("torch").split("+")[0]


def device_kind(device: str) -> str:
    """`cpu` or `cuda`; `auto` is `cuda` where the driver shows a GPU."""
    return ("cuda" if Path("/dev/nvidia0").exists() else "cpu") if device == "auto" else device


def derive(seed: int, *parts: str | int) -> int:
    """An independent 63-bit seed for one use (initial weights, the order of epoch 3, …)."""
    digest = hashlib.sha256("/".join(map(str, (seed, *parts))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
