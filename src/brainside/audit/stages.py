"""What DVC's own files say: stages in dvc.yaml and dvc.lock, lists of folders in the remote."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from brainside.audit.inputs import STAGES
from brainside.base import strict_json, strict_yaml
from brainside.base.errors import Refused
from brainside.base.files import read_committed, restore
from brainside.base.paths import LOCK, REMOTE

KINDS = ("deps", "outs", "metrics")
LOCKED = {"path", "hash", "md5", "size", "nfiles"}  # what dvc.lock says of a file or folder
Listing = dict[str, str]  # the MD5 of each file of a folder, by its path inside
Entry = dict[str, Any]  # an output or dependency of a stage


def read_listing(digest: str) -> Listing:
    """The files of a folder that the remote has under a digest; Refused where it does not."""
    path = object_path(digest)
    if not path.exists():
        raise Refused(f"{LOCK}: names {path}, which is missing; `git restore {LOCK} .dvc`")
    blob = read_committed(path)
    if hashlib.md5(blob).hexdigest() + ".dir" != digest:
        raise Refused(f"{path}: is not what its name says; {restore(path)}")
    try:
        listing = {entry["relpath"]: entry["md5"] for entry in strict_json.loads(blob)}
        if not all(isinstance(word, str) for pair in listing.items() for word in pair):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(f"{path}: is not a list of files; {restore(path)}") from None
    return listing


def object_path(digest: str) -> Path:
    """Where the bundled remote has the content with a digest."""
    return REMOTE / digest[:2] / digest[2:]


def entries() -> Iterator[tuple[str, Entry]]:
    """The dependencies and outputs of all stages; Refused where dvc.lock is damaged."""
    if LOCK.exists():
        yield from ((kind, entry) for _, kind, _, entry in read_stages(LOCK) if kind != "cmd")


def read_stages(path: Path) -> list[tuple[str, str, str, Entry]]:
    """The commands and files of dvc.yaml's or dvc.lock's stages; Refused where it is damaged.

    Each with its stage, its kind, its text or path, and what is said of it beside.
    """
    try:
        content = strict_yaml.load(path, "DVC")
        stages = content["stages"]
        known = path != LOCK or content == {"schema": "2.0", "stages": stages}
        if not known or path == LOCK and any(s.keys() - {"cmd", *KINDS} for s in stages.values()):
            raise ValueError
        return [
            (name, kind.replace("metrics", "outs"), *_named(entry, locked=path == LOCK))
            for name, stage in stages.items()
            for kind in ("cmd", *KINDS)
            for entry in ([str(stage.get(kind))] if kind == "cmd" else stage.get(kind, []))
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{path}: unreadable; {restore(path)}") from None


def _named(entry: str | Entry, *, locked: bool) -> tuple[str, Entry]:
    """A command or file of a stage as text, and what is said of it; ValueError where it is none."""
    if isinstance(entry, str):
        return entry, {}
    name, options = (entry["path"], entry) if locked else next(iter(entry.items()))
    if not isinstance(name, str) or locked and not isinstance(entry["md5"], str):
        raise ValueError
    if locked and (entry.keys() - LOCKED or entry.get("hash", "md5") != "md5"):
        raise ValueError
    return name, options


def of_git() -> set[str] | None:
    """The outputs whose contents git has, not the remote; None where dvc.yaml does not tell."""
    try:
        return {
            name for _, _, name, options in read_stages(STAGES) if options.get("cache") is False
        }
    except (OSError, AttributeError, Refused):
        return None
