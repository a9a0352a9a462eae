"""The committed hashes of every file of the archive."""

import csv
import io
from pathlib import Path

from brainside.base.errors import Refused
from brainside.base.files import sha256, write_whole
from brainside.base.paths import MANIFEST
from brainside.study.codings import codings
from brainside.study.job import Job
from brainside.study.plotdata import plotdata
from brainside.study.study import Study


def read_manifest() -> dict[str, str]:
    """Path to SHA-256 of the committed files; empty when there is no manifest yet."""
    if not MANIFEST.exists():
        return {}
    rows = csv.DictReader(MANIFEST.read_text(encoding="utf-8").splitlines())
    return {row["path"]: row["sha256"] for row in rows}


def named_files(study: Study) -> list[Path]:
    """The committed files that a study's config names: those of all its jobs."""
    jobs: list[Job] = [*study.searches, *codings(study), *plotdata(study)]
    records = [file for sweep in study.everything for file in sweep.files]
    return [*records, *(job.path for job in jobs)]


def archived_files(study: Study) -> list[Path]:
    """Those of the named files that exist, sorted."""
    return sorted(path for path in named_files(study) if path.exists())


def write_manifest(study: Study, *, accept: bool) -> list[Path]:
    """Enter new files of a study into the manifest, and return them.

    Raises Refused when a file that is already entered has changed or is gone, unless `accept`.
    """
    entered = read_manifest()
    present = {str(path): sha256(path) for path in archived_files(study)}
    changed = [path for path, digest in entered.items() if present.get(path) != digest]
    if changed and not accept:
        raise Refused(
            f"{changed[0]} and {len(changed) - 1} more entered files changed or are gone; "
            "`git restore results` brings them back, --accept enters them as they are"
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("path", "sha256"), *sorted(present.items())])
    write_whole(MANIFEST, text.getvalue().encode())
    return [Path(path) for path in present if path not in entered]
