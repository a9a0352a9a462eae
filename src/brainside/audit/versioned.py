"""What DVC has versioned: dvc.lock, the bundled remote's objects, and the folders at hand."""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path

from brainside.archive.checkpoints import CHECKOUT
from brainside.archive.gallery import gallery
from brainside.audit.inputs import STAGES, edited
from brainside.audit.stages import (
    Entry,
    Listing,
    entries,
    object_path,
    of_git,
    read_listing,
    read_stages,
)
from brainside.audit.told import told
from brainside.base import paths
from brainside.base.files import read_whole, restore
from brainside.base.paths import LOCK, REMOTE
from brainside.report import readme
from brainside.study.study import Study

COMMIT = "`dvc commit --force` records it"


def locked(study: Study) -> Iterator[str]:
    """Where dvc.lock, the files that it names and the bundled remote do not agree.

    Folders that are not at hand are looked at in the remote only: `dvc pull` brings them.
    """
    if not LOCK.exists():
        return
    yield from told(_stages())
    in_git = of_git()
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


def _stages() -> Iterator[str]:
    """Commands and files that only one of dvc.lock and dvc.yaml has."""
    if not STAGES.exists():
        return
    asked, kept = ({line[:3] for line in read_stages(path)} for path in (STAGES, LOCK))
    for stage, kind, name in sorted(asked - kept):
        yield f"{LOCK}: stage {stage} lacks {name} ({kind}), which {STAGES} names; {COMMIT}"
    for stage, kind, name in sorted(kept - asked):
        yield f"{LOCK}: stage {stage} has {name} ({kind}), which {STAGES} does not name; {COMMIT}"


def _output(path: Path, digest: str) -> Iterator[str]:
    """A single output: the remote's copy, and one at hand but for PDFs, which depend on LaTeX."""
    yield from told(_object(digest, path))
    if path.exists() and path.suffix != ".pdf" and _md5(path, CHECKOUT) != digest:
        yield f"{path}: differs from {LOCK}; {CHECKOUT}, or {COMMIT}"


def _object(digest: str, path: Path) -> Iterator[str]:
    """The remote's copy of a file."""
    kept = object_path(digest)
    if not kept.exists():
        yield f"{kept}: missing, the remote's {path}; {restore(kept)}"
    elif _md5(kept, restore(kept)) != digest:
        yield f"{kept}: is not the {path} that it was; {restore(kept)}"


def _file(path: Path, digest: str) -> Iterator[str]:
    """A file whose content git has: to record another one comes last."""
    if not path.exists():
        yield f"{path}: is in {LOCK} and is gone; {restore(path)}"
    elif _md5(path, restore(path)) != digest:
        yield f"{path}: differs from {LOCK}; {restore(path)}, or {COMMIT}"


def _dependency(path: Path, entry: Entry) -> Iterator[str]:
    """A folder that is in git: one that is being edited is not held against the lock."""
    files = sorted(p for p in path.rglob("*") if p.is_file())
    found = [{"md5": _md5(p, restore(p)), "relpath": p.relative_to(path).as_posix()} for p in files]
    found.sort(key=lambda file: file["relpath"])
    if hashlib.md5(json.dumps(found).encode()).hexdigest() + ".dir" == entry["md5"]:
        yield from _size(entry, files)
    elif not edited([path]):
        yield f"{LOCK}: {path} is not as it says; {COMMIT}"


def _size(entry: Entry, files: Collection[Path]) -> Iterator[str]:
    """What dvc.lock says of files that are there, beside their content."""
    size = sum(path.stat().st_size for path in files if path.exists())
    if (entry.get("size"), entry.get("nfiles", 1)) != (size, len(files)):
        yield f"{LOCK}: size or number of files of {entry['path']} are others; {restore(LOCK)}"


def _remote(entry: Entry, listing: Listing) -> Iterator[str]:
    """Objects that are missing in the remote or altered, and what the lock says of them all."""
    for relpath, digest in listing.items():
        yield from told(_object(digest, Path(entry["path"], relpath)))
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
        elif _md5(path / name, CHECKOUT) != listing[name]:
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
                yield f"{LOCK}: {name} has the content of {owner}; {restore(LOCK)}"
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
            digest, shown = read_listing(entry["md5"]).get(figure.name), readme.PICTURE
            if shown.exists() and digest != _md5(shown, restore(shown)):
                yield f"{shown}: is not the {figure} of {LOCK}; {restore(shown)}"


def _md5(path: Path, remedy: str) -> str:
    return hashlib.md5(read_whole(path, remedy)).hexdigest()
