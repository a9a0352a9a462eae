"""What DVC has versioned: dvc.lock, the bundled remote's objects, and the folders at hand."""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from brainside.archive.gallery import gallery
from brainside.audit.inputs import STAGES, edited
from brainside.audit.told import told
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.files import read_whole
from brainside.base.paths import LOCK, REMOTE
from brainside.report import readme
from brainside.study.study import Study

KINDS = ("deps", "outs", "metrics")
COMMIT = "`dvc commit --force` records it"
CHECKOUT = "`dvc checkout --force` brings it back"
RESTORE = "`git restore` brings it back"
Listing = dict[str, str]  # the MD5 of each file of a folder, by its path inside
Entry = dict[str, Any]  # an output or dependency of a stage


def locked(study: Study) -> Iterator[str]:
    """Where dvc.lock, the files that it names and the bundled remote do not agree.

    Folders that are not at hand are looked at in the remote only: `dvc pull` brings them.
    """
    if not LOCK.exists():
        return
    yield from told(_stages())
    in_git = _in_git()
    for kind, entry in entries():
        yield from told(_entry(kind, entry, in_git))
    for check in (_objects(), _gallery(study), _figures(study), _picture(study)):
        yield from told(check)


def _entry(kind: str, entry: Entry, in_git: Collection[str] | None) -> Iterator[str]:
    """What of one dependency or output is not as dvc.lock says."""
    path, digest = Path(entry["path"]), entry["md5"]
    if not digest.endswith(".dir"):
        if kind == "outs" and in_git is None:
            return
        tracked = kind == "deps" or entry["path"] in (in_git or ())
        differing = list(_file(path, digest) if tracked else _output(path, digest))
        yield from differing or _size(entry, [path if tracked else object_path(digest)])
    elif kind == "deps":
        yield from _dependency(path, entry)
    else:
        listing = read_listing(digest)
        yield from _remote(entry, listing)
        yield from _folder(path, listing)


def read_listing(digest: str) -> Listing:
    """The files of a folder that the remote has under a digest; Refused where it does not."""
    path = object_path(digest)
    if not path.exists():
        raise Refused(f"{LOCK}: names {path}, which is missing; `git restore {LOCK} .dvc`")
    blob = read_whole(path)
    if hashlib.md5(blob).hexdigest() + ".dir" != digest:
        raise Refused(f"{path}: is not what its name says; {RESTORE}")
    try:
        listing = {entry["relpath"]: entry["md5"] for entry in json.loads(blob)}
        if not all(isinstance(word, str) for pair in listing.items() for word in pair):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(f"{path}: is not a list of files; {RESTORE}") from None
    return listing


def object_path(digest: str) -> Path:
    """Where the bundled remote has the content with a digest."""
    return REMOTE / digest[:2] / digest[2:]


def entries() -> Iterator[tuple[str, Entry]]:
    """The dependencies and outputs of all stages; Refused where dvc.lock is damaged."""
    if LOCK.exists():
        yield from ((kind, entry) for _, kind, _, entry in _read(LOCK) if kind != "cmd")


def _read(path: Path) -> list[tuple[str, str, str, Entry]]:
    """The commands and files of dvc.yaml's or dvc.lock's stages; Refused where it is damaged.

    Each with its stage, its kind, its text or path, and what is said of it beside.
    """
    try:
        content = yaml.safe_load(read_whole(path))
        if path == LOCK and content["schema"] != "2.0":
            raise ValueError
        return [
            (name, kind.replace("metrics", "outs"), *_named(entry, locked=path == LOCK))
            for name, stage in content["stages"].items()
            for kind in ("cmd", *KINDS)
            for entry in ([str(stage.get(kind))] if kind == "cmd" else stage.get(kind, []))
        ]
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f"{path}: unreadable; `git restore {path}` brings it back") from None


def _named(entry: str | Entry, *, locked: bool) -> tuple[str, Entry]:
    """A command or file of a stage as text, and what is said of it; ValueError where it is none."""
    if isinstance(entry, str):
        return entry, {}
    name, options = (entry["path"], entry) if locked else next(iter(entry.items()))
    if not isinstance(name, str) or locked and not isinstance(entry["md5"], str):
        raise ValueError
    return name, options


def _stages() -> Iterator[str]:
    """Commands and files that only one of dvc.lock and dvc.yaml has."""
    if not STAGES.exists():
        return
    asked, kept = ({line[:3] for line in _read(path)} for path in (STAGES, LOCK))
    for stage, kind, name in sorted(asked - kept):
        yield f"{LOCK}: stage {stage} lacks {name} ({kind}), which {STAGES} names; {COMMIT}"
    for stage, kind, name in sorted(kept - asked):
        yield f"{LOCK}: stage {stage} has {name} ({kind}), which {STAGES} does not name; {COMMIT}"


def _in_git() -> set[str] | None:
    """The outputs whose contents git has, not the remote; None where dvc.yaml does not tell."""
    try:
        return {name for _, _, name, options in _read(STAGES) if options.get("cache") is False}
    except (OSError, AttributeError, Refused):
        return None


def _output(path: Path, digest: str) -> Iterator[str]:
    """A single output: the remote's copy, and one at hand but for PDFs, which depend on LaTeX."""
    kept = object_path(digest)
    if not kept.exists():
        yield f"{kept}: missing, the remote's {path}; {RESTORE}"
    elif _md5(kept) != digest:
        yield f"{kept}: is not the {path} that it was; {RESTORE}"
    if path.exists() and path.suffix != ".pdf" and _md5(path) != digest:
        yield f"{path}: differs from {LOCK}; {CHECKOUT}, or {COMMIT}"


def _file(path: Path, digest: str) -> Iterator[str]:
    if not path.exists():
        yield f"{path}: is in {LOCK} and is gone; {RESTORE}"
    elif _md5(path) != digest:
        yield f"{path}: differs from {LOCK}; {COMMIT}"


def _dependency(path: Path, entry: Entry) -> Iterator[str]:
    """A folder that is in git: one that is being edited is not held against the lock."""
    files = sorted(p for p in path.rglob("*") if p.is_file())
    found = [{"md5": _md5(p), "relpath": p.relative_to(path).as_posix()} for p in files]
    found.sort(key=lambda file: file["relpath"])
    if hashlib.md5(json.dumps(found).encode()).hexdigest() + ".dir" == entry["md5"]:
        yield from _size(entry, files)
    elif not edited(path):
        yield f"{LOCK}: {path} is not as it says; {COMMIT}"


def _size(entry: Entry, files: Collection[Path]) -> Iterator[str]:
    """What dvc.lock says of files that are there, beside their content."""
    size = sum(path.stat().st_size for path in files if path.exists())
    if (entry.get("size"), entry.get("nfiles", 1)) != (size, len(files)):
        yield f"{LOCK}: size or number of files of {entry['path']} are others; {RESTORE}"


def _remote(entry: Entry, listing: Listing) -> Iterator[str]:
    """Objects that are missing in the remote or altered, and what the lock says of them all."""
    for relpath, digest in listing.items():
        path = object_path(digest)
        if not path.exists():
            yield f"{path}: missing, the remote's {entry['path']}/{relpath}; {RESTORE}"
        elif _md5(path) != digest:
            yield f"{path}: is not the {entry['path']}/{relpath} that it was; {RESTORE}"
    yield from _size(entry, [object_path(digest) for digest in listing.values()])


def _folder(path: Path, listing: Listing) -> Iterator[str]:
    """A folder at hand against the remote's list of its files."""
    if not path.exists():
        return
    present = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
    present -= {name for name in present if name.endswith(paths.TIMESTAMP)}
    for name in sorted(present | listing.keys()):
        if name not in present:
            yield f"{path / name}: missing; {CHECKOUT}"
        elif name not in listing:
            yield f"{path / name}: is not in {LOCK}; delete it, or {COMMIT}"
        elif _md5(path / name) != listing[name]:
            yield f"{path / name}: differs from {LOCK}; {CHECKOUT}, or {COMMIT}"


def _objects() -> Iterator[str]:
    """Objects of the remote that two paths have in common, or none has."""
    owners: dict[Path, str] = {}
    for entry in (entry for kind, entry in entries() if kind == "outs"):
        path, digest = entry["path"], entry["md5"]
        named = {path: digest}
        if digest.endswith(".dir"):
            named |= {f"{path}/{name}": md5 for name, md5 in read_listing(digest).items()}
        for name, md5 in named.items():
            owner = owners.setdefault(object_path(md5), name)
            if owner != name:
                yield f"{LOCK}: {name} has the content of {owner}; {RESTORE}"
    bundle = REMOTE.parents[1]
    for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
        if path not in owners:
            yield f"{path}: {LOCK} does not name it; `dvc gc` or you delete it"


def _gallery(study: Study) -> Iterator[str]:
    """The versioned gallery against the config."""
    folder = paths.GALLERY / study.name
    for _, entry in entries():
        if entry["path"] == str(folder):
            listed = {folder / name for name in read_listing(entry["md5"])}
            for path in sorted(listed ^ gallery(study).keys()):
                verb = "does not name it" if path in listed else "names it"
                yield f"{LOCK}: {path}: the config {verb}; `brainside gallery {study.path}`"


def _figures(study: Study) -> Iterator[str]:
    """Versioned figures that the config does not draw, left by another state of it."""
    folder = readme.picture(study).parent
    drawn = {f"{name}.{ending}" for name in study.config["figures"] for ending in paths.ENDINGS}
    for _, entry in entries():
        if entry["path"] == str(folder):
            for name in sorted(read_listing(entry["md5"]).keys() - drawn):
                yield f"{folder / name}: in {LOCK}, but not in the config; delete it, {COMMIT}"


def _picture(study: Study) -> Iterator[str]:
    """The README's picture against the versioned figure that it is a copy of."""
    figure = readme.picture(study)
    for _, entry in entries():
        if entry["path"] == str(figure.parent):
            digest = read_listing(entry["md5"]).get(figure.name)
            if readme.PICTURE.exists() and digest != _md5(readme.PICTURE):
                yield f"{readme.PICTURE}: is not the {figure} of {LOCK}; {RESTORE}"


def _md5(path: Path) -> str:
    return hashlib.md5(read_whole(path)).hexdigest()
