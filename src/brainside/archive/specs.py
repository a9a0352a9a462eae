"""The `.json` beside a record: the spec that its key is made of, and the machine that made it."""

import json
from pathlib import Path
from typing import Any

from brainside.base import strict_json
from brainside.base.errors import Refused
from brainside.base.files import read_committed, restore, write_whole
from brainside.study.sweeps import Sweep


def explain(spec: dict[str, Any]) -> str:
    """A spec as the text that is kept beside a record, so that a stale key can be explained."""
    return json.dumps(spec, indent=1, sort_keys=True) + "\n"


def spec_path(sweep: Sweep) -> Path:
    """Where the spec beside a record is."""
    return sweep.path.with_suffix(".json")


def write_spec(sweep: Sweep, machine: str) -> None:
    """Write the spec of a record that is about to be written on a machine."""
    write_whole(spec_path(sweep), explained(sweep, machine))


def explained(sweep: Sweep, machine: str) -> bytes:
    """What the file beside a record holds where a machine has made the record."""
    return explain({"key": sweep.key, "machine": machine, "spec": sweep.spec}).encode()


def read_json(path: Path) -> dict[str, Any]:
    """A committed JSON file; Refused where it is missing, unreadable or no mapping.

    A mapping that has a key twice is unreadable, too: readers would not agree on its value.
    """
    try:
        content = strict_json.loads(read_committed(path))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Refused(f"{path}: unreadable; {restore(path)}")
    return content


def kept_spec(path: Path) -> dict[str, Any]:
    """The content of a spec file, or nothing where it is missing or unreadable."""
    try:
        return read_json(path)
    except Refused:
        return {}


def machine_of(sweep: Sweep) -> str:
    """The kind of processor that made a record, as the file beside it says."""
    return str(kept_spec(spec_path(sweep)).get("machine", "unknown"))


def differences(kept: Any, given: Any, at: str = "") -> list[str]:
    """Where two specs differ: one line per field, as `method.epochs: 4, the config gives 8`."""
    if not (isinstance(kept, dict) and isinstance(given, dict)):
        same = kept == given
        return [] if same else [f"{at or 'spec'}: {kept}, the config gives {given}"]
    names = sorted({*kept, *given})
    parts = [differences(kept.get(n), given.get(n), f"{at}.{n}".lstrip(".")) for n in names]
    return [line for part in parts for line in part]
