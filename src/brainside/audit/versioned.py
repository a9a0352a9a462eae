"""What DVC has versioned: dvc.lock, the bundled remote's objects, and the folders at hand."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from brainside.archive.gallery import gallery
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.files import read_whole
from brainside.base.paths import LOCK, REMOTE
from brainside.report import readme
from brainside.study.study import Study

STAGES = Path("dvc.yaml")
KINDS = ("deps", "outs", "metrics")
ENDINGS = ("pdf", "png")  # of figures
COMMIT = "`dvc commit --force` records it"
CHECKOUT = "`dvc checkout --force` brings it back"
RESTORE = "`git restore` brings it back"
Listing = dict[str, str]  # the MD5 of each file of a folder, by its path inside
Entry = dict[str, Any]  # an output or dependency of a stage


def locked(study: Study) -> Iterator[str]:
    """Where dvc.lock, the files that it names and the bundled remote do not agree.

    Folders that are not at hand are looked at in the remote only: `dvc pull` brings them.
    """
    yield from _absent({entry["path"] for _, entry in entries()})
    in_git = _in_git()
    for kind, entry in entries():
        path, digest = Path(entry["path"]), entry["md5"]
        if not digest.endswith(".dir"):
            tracked = kind == "deps" or entry["path"] in in_git
            yield from _file(path, digest) if tracked else _output(path, digest)
        elif kind == "deps":
            yield from _dependency(path, digest)
        else:
            listing = read_listing(digest)
            yield from _remote(entry, listing)
            yield from _folder(path, listing)
    yield from _gallery(study)
    yield from _figures(study)
    yield from _picture(study)


def read_listing(digest: str) -> Listing:
    """The files of a folder that the remote has under a digest; Refused where it does not."""
    path = object_path(digest)
    if not path.exists():
        raise Refused(f"{LOCK}: names {path}, which is missing; `git restore {LOCK} .dvc`")
    blob = read_whole(path)
    if hashlib.md5(blob).hexdigest() + ".dir" != digest:
        raise Refused(f"{path}: is not what its name says; {RESTORE}")
    return {entry["relpath"]: entry["md5"] for entry in json.loads(blob)}


def object_path(digest: str) -> Path:
    """Where the bundled remote has the content with a digest."""
    return REMOTE / digest[:2] / digest[2:]


def entries() -> Iterator[tuple[str, Entry]]:
    """The dependencies and outputs of all stages; Refused where dvc.lock is damaged."""
    if not LOCK.exists():
        return
    try:
        content = yaml.safe_load(read_whole(LOCK))
        if content["schema"] != "2.0":
            raise ValueError
        for stage in content["stages"].values():
            for kind in ("deps", "outs"):
                for entry in stage.get(kind, []):
                    if not all(isinstance(entry[name], str) for name in ("path", "md5")):
                        raise ValueError
                    yield kind, entry
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f"{LOCK}: unreadable; `git restore {LOCK}` brings it back") from None


def _absent(locked: set[str]) -> Iterator[str]:
    """What the stages have and dvc.lock has not; Refused where dvc.yaml is damaged."""
    if not locked or not STAGES.exists():
        return
    try:
        stages = yaml.safe_load(read_whole(STAGES))["stages"].values()
        named = [e for stage in stages for kind in KINDS for e in stage.get(kind, [])]
        paths_named = {next(iter(e)) if isinstance(e, dict) else str(e) for e in named}
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused(f"{STAGES}: unreadable; `git restore {STAGES}` brings it back") from None
    for path in sorted(paths_named - locked):
        yield f"{LOCK}: has no entry of {path}, which {STAGES} names; {COMMIT}"


def _in_git() -> set[str]:
    """The outputs whose contents git has, not the remote; none where dvc.yaml is damaged."""
    try:
        stages = yaml.safe_load(read_whole(STAGES))["stages"].values()
        outputs = [e for stage in stages for kind in KINDS[1:] for e in stage.get(kind, [])]
        return {path for e in outputs if isinstance(e, dict)
                for path, options in e.items() if not options.get("cache", True)}  # fmt: skip
    except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, Refused):
        return set()


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


def _dependency(path: Path, digest: str) -> Iterator[str]:
    """A folder that is in git: one that is being edited is not held against the lock."""
    files = sorted(p for p in path.rglob("*") if p.is_file())
    entries = [{"md5": _md5(p), "relpath": p.relative_to(path).as_posix()} for p in files]
    entries.sort(key=lambda entry: entry["relpath"])
    if hashlib.md5(json.dumps(entries).encode()).hexdigest() + ".dir" != digest:
        if not _edited(path):
            yield f"{LOCK}: {path} is not as it says; {COMMIT}"


def _edited(path: Path) -> bool:
    """Whether git knows of changes in a folder; not where there is no git."""
    command = ["git", "status", "--porcelain", "--", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return bool(done.stdout.strip())


def _remote(entry: Entry, listing: Listing) -> Iterator[str]:
    """Objects that are missing in the remote or altered, and what the lock says of them all."""
    size = 0
    for relpath, digest in listing.items():
        path = object_path(digest)
        if not path.exists():
            yield f"{path}: missing, the remote's {entry['path']}/{relpath}; {RESTORE}"
            continue
        size += path.stat().st_size
        if _md5(path) != digest:
            yield f"{path}: is not the {entry['path']}/{relpath} that it was; {RESTORE}"
    if (entry.get("nfiles"), entry.get("size")) != (len(listing), size):
        yield f"{LOCK}: size or number of files of {entry['path']} are not the remote's; {RESTORE}"


def _folder(path: Path, listing: Listing) -> Iterator[str]:
    """A folder at hand against the remote's list of its files."""
    if not path.exists():
        return
    present = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
    present -= {name for name in present if name.endswith(".snakemake_timestamp")}
    for name in sorted(present | listing.keys()):
        if name not in present:
            yield f"{path / name}: missing; {CHECKOUT}"
        elif name not in listing:
            yield f"{path / name}: is not in {LOCK}; delete it, or {COMMIT}"
        elif _md5(path / name) != listing[name]:
            yield f"{path / name}: differs from {LOCK}; {CHECKOUT}, or {COMMIT}"


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
    drawn = {f"{name}.{ending}" for name in study.config["figures"] for ending in ENDINGS}
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
