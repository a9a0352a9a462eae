"""The archive of a release: what is committed, and what DVC and the workflow add to it.

The same commit and the same outputs give the same bytes: the time of every file is the commit's.
"""

import gzip
import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.files import read_whole, write_whole
from brainside.report.release import crate
from brainside.study import products
from brainside.study.study import Study

SUMS = "SHA256SUMS"
FOLDER = Path("release")
BUNDLED = ".dvc/bundle"  # the remote: what it has is in the archive as it is


def write(study: Study, version: str) -> Path:
    """Write release/brainside-VERSION.tar.gz, and return its path.

    Raises Refused where something is not committed, or an output is missing.
    """
    if changed := _git("status", "--porcelain").decode().splitlines():
        raise Refused(f"{changed[0][3:]} is not committed, or changed; a release is one commit")
    date = datetime.fromisoformat(_git("log", "-1", "--format=%cI").decode().strip())
    products = _products(study)
    text = crate.text(study, version, date.astimezone(UTC).isoformat(), products)
    made = {str(path): read_whole(path) for path in (*products, *_gallery(study))}
    name = f"brainside-{version}"
    path = FOLDER / f"{name}.tar.gz"
    members = _with_sums([*_committed(), *_added({**made, crate.NAME: text.encode()})])
    write_whole(path, _packed(members, name, int(date.timestamp())))
    return path


def _products(study: Study) -> list[Path]:
    """Figures, report and page; Refused where one is missing."""
    names = [*products.figures(study), products.document(study, latex=True), str(paths.SITE)]
    if missing := [name for name in names if not Path(name).exists()]:
        raise Refused(
            f"{missing[0]} is missing; `snakemake --cores all` makes it (PDFs need LaTeX)"
        )
    return sorted(map(Path, names))


def _gallery(study: Study) -> list[Path]:
    """The gallery's checkpoints; Refused where there are none."""
    files = sorted(path for path in (paths.GALLERY / study.name).rglob("*") if path.is_file())
    if not files:
        raise Refused(f"{paths.GALLERY / study.name} is missing; `dvc pull` brings it")
    return files


Member = tuple[tarfile.TarInfo, bytes]


def _committed() -> Iterator[Member]:
    """Files and links of the commit, but for the bundled remote."""
    blob = _git("archive", "--format=tar", "HEAD", "--", ".", f":(exclude){BUNDLED}")
    with tarfile.open(fileobj=io.BytesIO(blob)) as tar:
        for info in tar:
            if not info.isdir():
                file = tar.extractfile(info) if info.isfile() else None
                yield info, file.read() if file else b""


def _added(blobs: dict[str, bytes]) -> Iterator[Member]:
    for name, blob in blobs.items():
        info = tarfile.TarInfo(name)
        info.size = len(blob)
        yield info, blob


def _with_sums(members: Iterable[Member]) -> list[Member]:
    """The members by name, and a file of their sums, as `sha256sum -c` reads it."""
    ordered = sorted(members, key=lambda member: member[0].name)
    lines = [
        f"{hashlib.sha256(blob).hexdigest()}  {info.name}\n"
        for info, blob in ordered
        if info.isfile()
    ]
    return [*ordered, *_added({SUMS: "".join(lines).encode()})]


def _packed(members: Iterable[Member], folder: str, seconds: int) -> bytes:
    """The members in one folder, of nobody, all with the same time."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, blob in members:
            info.name, info.mtime, info.pax_headers = f"{folder}/{info.name}", seconds, {}
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            tar.addfile(info, io.BytesIO(blob))
    return gzip.compress(text.getvalue(), mtime=0)


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], capture_output=True)
    if done.returncode:
        reason = (done.stderr.decode().strip().splitlines() or ["no reason given"])[-1]
        raise Refused(f"git {arguments[0]}: {reason}; a release is made in a clone")
    return done.stdout
