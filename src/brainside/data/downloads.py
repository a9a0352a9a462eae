"""The published files: found, checked against their hashes, and downloaded where missing.

They are looked for in data/<dataset>/ and data/<folder>/, then in the mirrors, then downloaded into
data/<folder>/. Nothing is used before its SHA-256 has been compared with config/datasets.yaml.
"""

import gzip
import hashlib
import os
import socket
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused
from brainside.base.files import part_of, write_whole
from brainside.data.catalogue import MIRRORS_VARIABLE, catalogue, entry, mirrors
from brainside.data.formats import GZIP
from brainside.data.pickled import batches

DATA = Path("data")
TIMEOUT_SECONDS = 30
Fetch = Callable[[str, Path], None]  # downloads an address to a path
FAILURES = (OSError, RuntimeError, HTTPException)  # what a download may raise


def fetch(url: str, path: Path) -> None:
    """Download an address to a path with torchvision; raises one of FAILURES."""
    from brainside.data.torchvision import torchvision  # late: costs an import of torch

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        torchvision.datasets.utils.download_url(url, path.parent, filename=path.name)
    finally:
        socket.setdefaulttimeout(before)


def read(group: str, name: str, *, fetch: Fetch = fetch) -> bytes:
    """The verified bytes of a published file of a dataset, or of the photographs.

    Raises Refused, in one line, when the file is altered, or missing and cannot be downloaded.
    """
    source = source_of(group)
    path = find(group, name) or _obtain(group, source, name, fetch)
    return _verified(group, path, source["files"][name])


def source_of(group: str) -> dict[str, Any]:
    """Folder, files and addresses of a dataset or of the photographs, from the catalogue."""
    source: dict[str, Any] = catalogue()["photographs"] if group == "photographs" else entry(group)
    return source


def find(group: str, name: str) -> Path | None:
    """The path of a file, unchecked, in the first folder that has it: data/, then the mirrors.

    A file that is published compressed may also be there uncompressed, without `.gz` in its name.
    """
    source = source_of(group)
    inside = [source["folder"], *source.get("also_in", [])]
    roots = [DATA, *mirrors()]
    folders = [DATA / group, *(root / folder for root in roots for folder in inside)]
    plain = name.removesuffix(".gz")
    names = dict.fromkeys([name, plain, plain.replace("-idx", ".idx")])
    paths = (folder / each for folder in folders for each in names)
    return next((path for path in paths if path.exists()), None)


def _verified(group: str, path: Path, accepted: str | list[str]) -> bytes:
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise Refused(f"{group}: {path} cannot be read: {error.strerror}") from None
    digests = [hashlib.sha256(content).hexdigest() for content in _contents(payload)]
    if not set(digests) & set(_listed(accepted)):
        raise Refused(
            f"{group}: {path} is truncated or altered (SHA-256 {digests[0][:12]}…, expected "
            f"{_listed(accepted)[0][:12]}…): replace it by the published file, or delete it"
        )
    return payload


def _contents(payload: bytes) -> Iterator[bytes]:
    """A file's bytes, and what gzip packed in them: programs may compress the same differently."""
    yield payload
    if payload.startswith(GZIP):
        with suppress(OSError, EOFError, zlib.error):
            yield gzip.decompress(payload)


def _listed(accepted: str | list[str]) -> list[str]:
    return [accepted] if isinstance(accepted, str) else accepted


def _obtain(group: str, source: dict[str, Any], name: str, fetch: Fetch) -> Path:
    target = DATA / str(source["folder"]) / name
    pickled = find(group, source["pickled"]) if "pickled" in source else None
    if pickled:
        _store(group, source, pickled, batches(pickled, list(source["files"])), name)
    elif "archive" in source:
        _unpack(group, source, name, fetch)
    else:
        urls = [url + name for url in source["urls"]]
        _download(group, target, source["files"][name], urls, fetch, wanted=name)
    return target


def _download(
    group: str,
    target: Path,
    accepted: str | list[str],
    urls: list[str],
    fetch: Fetch,
    *,
    wanted: str,
) -> None:
    reasons = []
    for url in urls:
        with part_of(target) as part:
            try:
                fetch(url, part)
                digest = hashlib.sha256(part.read_bytes()).hexdigest()
                if digest in _listed(accepted):
                    os.replace(part, target)
                    return
                reasons.append(f"{url} gave another file, with SHA-256 {digest[:12]}…")
            except FAILURES as error:
                reasons.append(f"{url}: {' '.join(str(error).split())}")
    why = "; ".join(reasons) or "no address to download it from is known"
    folder = target.parent
    archive = "" if target.name == wanted else f" or {target.name}"
    raise Refused(
        f"{group}: {wanted} is missing ({why}): put it{archive} into {folder}{os.sep}, or name a "
        f"folder that holds {folder.name}/{wanted} in {MIRRORS_VARIABLE}"
    )


def _unpack(group: str, source: dict[str, Any], wanted: str, fetch: Fetch) -> None:
    """Write the listed files of the archive, each verified, into data/<folder>/.

    Only members with exactly the listed names are read, and none is extracted by its own path, so
    links, absolute paths and ".." in an archive have no effect.
    """
    archive = source["archive"]
    path = find(group, archive["name"])
    if path is None:
        path = DATA / source["folder"] / archive["name"]
        _download(group, path, archive["sha256"], archive["urls"], fetch, wanted=wanted)
    _verified(group, path, archive["sha256"])
    _store(group, source, path, _members(path, source), wanted)


def _store(
    group: str,
    source: dict[str, Any],
    archive: Path,
    members: Iterator[tuple[str, bytes]],
    wanted: str,
) -> None:
    """Write the files of an archive, each verified, into data/<folder>/.

    Raises Refused where one is altered, or the one that is wanted is missing.
    """
    stored = set()
    for name, payload in members:
        if hashlib.sha256(payload).hexdigest() not in _listed(source["files"][name]):
            raise Refused(f"{group}: {name} in {archive} is altered: delete {archive}, try again")
        write_whole(DATA / source["folder"] / name, payload)
        stored.add(name)
    if wanted not in stored:
        raise Refused(f"{group}: {archive} has no {wanted}: delete {archive}, try again")


def _members(archive: Path, source: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    wanted = {f"{source['folder']}/{name}": name for name in source["files"]}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() and member.name in wanted else None
            if file is not None:
                yield wanted[member.name], file.read()
