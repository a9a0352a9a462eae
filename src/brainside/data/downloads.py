"""The published files: found, checked against their hashes, and downloaded where missing.

They are looked for in data/<dataset>/ and data/<folder>/, then in the mirrors, then downloaded into
data/<folder>/. Nothing is used before its SHA-256 has been compared with config/datasets.yaml.
"""

import hashlib
import os
import socket
import tarfile
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

from brainside.base.errors import Refused
from brainside.base.files import part_of, write_whole
from brainside.data.catalogue import MIRRORS_VARIABLE, catalogue, entry, mirrors

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
    """The path of a file, unchecked: the first of data/ and the mirrors that has it, or None."""
    folder = source_of(group)["folder"]
    folders = [DATA / group, DATA / folder, *(mirror / folder for mirror in mirrors())]
    return next((path / name for path in folders if (path / name).exists()), None)


def _verified(group: str, path: Path, accepted: str | list[str]) -> bytes:
    try:
        payload = path.read_bytes()
    except OSError as error:
        raise Refused(f"{group}: {path} cannot be read: {error.strerror}") from None
    digest = hashlib.sha256(payload).hexdigest()
    if digest not in _listed(accepted):
        raise Refused(
            f"{group}: {path} is truncated or altered (SHA-256 {digest[:12]}…, expected "
            f"{_listed(accepted)[0][:12]}…): replace it by the published file, or delete it"
        )
    return payload


def _listed(accepted: str | list[str]) -> list[str]:
    return [accepted] if isinstance(accepted, str) else accepted


def _obtain(group: str, source: dict[str, Any], name: str, fetch: Fetch) -> Path:
    target = DATA / str(source["folder"]) / name
    if "archive" in source:
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
    raise Refused(
        f"{group}: {wanted} is missing ({why}): put it into {folder}{os.sep}, or name a "
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
    for name, payload in _members(path, source):
        if hashlib.sha256(payload).hexdigest() not in _listed(source["files"][name]):
            raise Refused(f"{group}: {name} in {path} is altered: delete {path} and try again")
        write_whole(DATA / source["folder"] / name, payload)


def _members(archive: Path, source: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    wanted = {f"{source['folder']}/{name}": name for name in source["files"]}
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() and member.name in wanted else None
            if file is not None:
                yield wanted[member.name], file.read()
