"""The published files: where they are, whether they are the right ones, and how to get them.

Looked for in data/<dataset>/ and data/<folder>/, then in the mirrors, then downloaded into
data/<folder>/. Nothing is used before its SHA-256 has been compared with config/datasets.yaml.
"""

import hashlib
import os
import socket
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.data.catalogue import MIRRORS_VARIABLE, catalogue, entry, mirrors

DATA = Path("data")
TIMEOUT_SECONDS = 30
FAILURES = (OSError, RuntimeError, HTTPException)  # what a download may raise


def read(group: str, name: str) -> bytes:
    """The verified bytes of one file of a dataset (or of the photographs).

    Refused, in one line, where the file is wrong, or missing and not to be downloaded.
    """
    source = source_of(group)
    path = find(group, name) or _obtain(group, source, name)
    return _verified(group, path, source["files"][name])


def source_of(group: str) -> dict[str, Any]:
    """The catalogue's folder, files and addresses of a dataset or of the photographs."""
    return catalogue()["photographs"] if group == "photographs" else entry(group)


def find(group: str, name: str) -> Path | None:
    """Where a file is: the first of data/ and the mirrors that has it, right or wrong."""
    folder = source_of(group)["folder"]
    places = [DATA / group, DATA / folder, *(mirror / folder for mirror in mirrors())]
    return next((place / name for place in places if (place / name).exists()), None)


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """A temporary name beside a path, this process's own, gone afterwards whatever happens."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def fetch(url: str, path: Path) -> None:
    """Downloads one address to a path with torchvision; raises one of FAILURES."""
    from brainside.data.torchvision import torchvision  # late: costs an import of torch

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        torchvision.datasets.utils.download_url(url, path.parent, filename=path.name)
    finally:
        socket.setdefaulttimeout(before)


def _verified(group: str, path: Path, accepted: str | list[str]) -> bytes:
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise Refused(f"{group}: {path} cannot be read: {error.strerror}") from None
    found = hashlib.sha256(payload).hexdigest()
    if found not in _listed(accepted):
        raise Refused(
            f"{group}: {path} is truncated or altered (SHA-256 {found[:12]}…, expected "
            f"{_listed(accepted)[0][:12]}…): replace it by the published file, or delete it"
        )
    return payload


def _listed(accepted: str | list[str]) -> list[str]:
    return [accepted] if isinstance(accepted, str) else accepted


def _obtain(group: str, source: dict[str, Any], name: str) -> Path:
    target = DATA / source["folder"] / name
    if "archive" in source:
        _unpack(group, source, name)
    else:
        urls = [url + name for url in source["urls"]]
        _download(group, target, source["files"][name], urls, wanted=name)
    return target


def _download(
    group: str, target: Path, accepted: str | list[str], urls: list[str], *, wanted: str
) -> None:
    reasons = []
    for url in urls:
        with part_of(target) as part:
            try:
                fetch(url, part)
                found = hashlib.sha256(part.read_bytes()).hexdigest()
                if found in _listed(accepted):
                    os.replace(part, target)
                    return
                reasons.append(f"{url} gave another file, with SHA-256 {found[:12]}…")
            except FAILURES as error:
                reasons.append(f"{url}: {' '.join(str(error).split())}")
    why = "; ".join(reasons) or "no address to download it from is known"
    folder = target.parent
    raise Refused(
        f"{group}: {wanted} is missing ({why}): put it into {folder}{os.sep}, or name a "
        f"folder that holds {folder.name}/{wanted} in {MIRRORS_VARIABLE}"
    )


def _unpack(group: str, source: dict[str, Any], wanted: str) -> None:
    """Writes the listed files of the archive, each verified, into data/<folder>/.

    Only members with exactly the listed names are read and none is extracted by its own path, so
    links, absolute paths and ".." in an archive have no effect.
    """
    archive = source["archive"]
    path = find(group, archive["name"])
    if path is None:
        path = DATA / source["folder"] / archive["name"]
        _download(group, path, archive["sha256"], archive["urls"], wanted=wanted)
    _verified(group, path, archive["sha256"])
    for name, payload in _members(path, source):
        if hashlib.sha256(payload).hexdigest() not in _listed(source["files"][name]):
            raise Refused(f"{group}: {name} in {path} is altered: delete {path} and try again")
        write_whole(DATA / source["folder"] / name, payload)


def _members(archive: Path, source: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    wanted = {f"{source['folder']}/{name}": name for name in source["files"]}
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isreg() and member.name in wanted:
                yield wanted[member.name], tar.extractfile(member).read()
