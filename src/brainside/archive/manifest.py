"""The committed hashes of every file of the archive."""

import csv
import hashlib
import io
from pathlib import Path

from brainside.base.errors import Refused
from brainside.base.files import read_committed, restore, sha256, write_whole
from brainside.base.paths import AUDIT_LOG, BENCHMARKS, CAMPAIGN, MANIFEST, MUTANTS
from brainside.study.codings import codings
from brainside.study.job import Job
from brainside.study.plotdata import plotdata
from brainside.study.study import Study


def read_manifest() -> dict[str, str]:
    """Path to SHA-256 of the committed files; empty when there is no manifest yet.

    Raises Refused where it is damaged.
    """
    if not MANIFEST.exists():
        return {}
    try:
        rows = csv.reader(read_committed(MANIFEST).decode().splitlines(), strict=True)
        if next(rows) != ["path", "sha256"]:
            raise ValueError("columns")
        return {path: digest for path, digest in rows}
    except (ValueError, StopIteration, csv.Error):
        raise Refused(f"{MANIFEST}: unreadable; {restore(MANIFEST)}") from None


def named_files(study: Study) -> list[Path]:
    """The committed files that a study's config names: those of all its jobs."""
    jobs: list[Job] = [*study.searches, *codings(study), *plotdata(study)]
    records = [file for sweep in study.everything for file in sweep.files]
    return [*records, *(job.path for job in jobs)]


def measured_files(study: Study) -> list[Path]:
    """What was measured, so that no other file gives it again: costs, benchmarks, the log.

    Only the manifest can tell whether one of them was changed.
    """
    costs = [sweep.cost for sweep in study.everything]
    costs += [search.cost for search in study.searches]
    return [*costs, BENCHMARKS, CAMPAIGN, MUTANTS, AUDIT_LOG]


def archived_files(study: Study) -> list[Path]:
    """The named and the measured files that exist, sorted."""
    files = [*named_files(study), *measured_files(study)]
    return sorted(path for path in files if path.exists())


def agrees(path: Path, digest: str) -> bool:
    """Whether a file has a SHA-256; the log of retrained sweeps, which grows, in its first lines.

    Raises Refused when it cannot be read.
    """
    same = sha256(path, restore(path)) == digest
    return same or path == AUDIT_LOG and entered_lines(digest) > 0


def entered_lines(digest: str) -> int:
    """How many first lines of the log of retrained sweeps have a SHA-256; 0 where none have."""
    running = hashlib.sha256()
    for number, line in enumerate(read_committed(AUDIT_LOG).splitlines(keepends=True), 1):
        running.update(line)
        if running.hexdigest() == digest:
            return number
    return 0


def write_manifest(study: Study, *, accept: bool) -> list[Path]:
    """Enter new files of a study into the manifest, and return them.

    Raises Refused when a file that is already entered has changed or is gone, unless `accept`.
    """
    entered = read_manifest()
    present = {str(path): sha256(path, restore(path)) for path in archived_files(study)}
    changed = [
        path for path, digest in entered.items()
        if path not in present or not agrees(Path(path), digest)
    ]  # fmt: skip
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
