"""The spec beside a record: written, found, read and compared."""

import json
from pathlib import Path
from typing import Any

from brainside.study.sweeps import Sweep


def explain(spec: dict[str, Any]) -> str:
    """The spec as the text that is kept beside a record, so that a stale key can be explained."""
    return json.dumps(spec, indent=1, sort_keys=True) + "\n"


def differences(kept: Any, given: Any, at: str = "") -> list[str]:
    """Where two specs differ: a line a field, as `method.recipe.epochs: 4, the config gives 8`."""
    if not (isinstance(kept, dict) and isinstance(given, dict)):
        same = kept == given
        return [] if same else [f"{at or 'spec'}: {kept}, the config gives {given}"]
    names = sorted({*kept, *given})
    parts = [differences(kept.get(n), given.get(n), f"{at}.{n}".lstrip(".")) for n in names]
    return [line for part in parts for line in part]


def machine_of(sweep: Sweep) -> str:
    """The kind of processor that made a record, as the file beside it says."""
    return str(_spec(sweep.path.with_suffix(".json")).get("machine", "unknown"))


def _spec(path: Path) -> dict:
    try:
        found = json.loads(path.read_text())
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}
