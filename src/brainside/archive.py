"""The archive: hashes of every committed record, files that no config names, and the gallery."""

import csv
import io
import lzma
import shutil
from collections.abc import Iterable
from pathlib import Path

from brainside.codings import codings
from brainside.errors import Refused
from brainside.expansion import parse_budget
from brainside.files import read_whole, sha256, write_whole
from brainside.manifest import GALLERY, MANIFEST, gallery_copy, read_manifest
from brainside.plotdata import plotdata
from brainside.records import mistakes_path
from brainside.study import Study
from brainside.sweep import RESULTS, Sweep

LARGEST_GALLERY = 40 << 20  # bytes; it travels with the repository


def archived_files(study: Study) -> list[Path]:
    """The committed files of a study that are there: records with what is beside them, others."""
    files = [file for sweep in study.everything() for file in record_files(sweep)]
    files += [job.path for job in [*study.tunings(), *codings(study), *plotdata(study)]]
    return sorted(path for path in files if path.exists())


def record_files(sweep: Sweep) -> list[Path]:
    """A sweep's record, its mistakes and its spec."""
    return [sweep.record, mistakes_path(sweep.record), sweep.record.with_suffix(".json")]


def write_manifest(study: Study, *, accept: bool) -> list[Path]:
    """Enter new files of a study into the manifest, and return them.

    Raises Refused when a file that is already entered has changed or is gone, unless `accept`.
    """
    entered = read_manifest()
    found = {str(path): sha256(path) for path in archived_files(study)}
    changed = [path for path, digest in entered.items() if found.get(path) != digest]
    if changed and not accept:
        raise Refused(
            f"{changed[0]} and {len(changed) - 1} more entered files changed or are gone; "
            "`git restore results` brings them back, --accept enters them as they are"
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("path", "sha256"), *sorted(found.items())])
    write_whole(MANIFEST, text.getvalue().encode())
    return [Path(path) for path in found if path not in entered]


def superseded(study: Study) -> list[Path]:
    """Files of a study that no sweep or search of its config names, sorted."""
    sweeps, searches = study.everything(), study.tunings()
    named = {file for sweep in sweeps for file in record_files(sweep)}
    named |= {sweep.checkpoint(budget) for sweep in sweeps for budget in sweep.budgets}
    named |= {job.path for job in [*codings(study), *plotdata(study)]}
    named |= {tuning.path for tuning in searches} | {job.cost for job in [*sweeps, *searches]}
    folders = [
        RESULTS / kind / study.name
        for kind in ("runs", "checkpoints", "codings", "plotdata", "tuned", "costs")
    ]
    present = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    # Snakemake marks the folders it made.
    ours = {path for path in present if path.name != ".snakemake_timestamp"}
    return sorted(ours - named)


def gallery(study: Study) -> dict[Path, Path]:
    """The gallery's files (compressed copies) and the checkpoints that they are copies of."""
    wanted = study.config["gallery"]
    budgets = {parse_budget(b, f"{study.path}: gallery") for b in wanted["budgets"]} | {1.0}
    chosen = [s for s in study.sweeps if s.task in wanted["tasks"] and s.seed == wanted["seed"]]
    recorded = [sweep for sweep in chosen if sweep.record.exists()]
    files = [s.checkpoint(b) for s in recorded for b in s.budgets if b in budgets]
    return {gallery_copy(path): path for path in files}


def write_gallery(study: Study) -> int:
    """Bring the gallery up to date and return its bytes.

    Copies whose checkpoints are not at hand are kept, others that the config does not name are
    removed. Raises Refused when neither a checkpoint nor its copy is there, or when it is too big.
    """
    files = gallery(study)
    for copy, path in files.items():
        if not path.exists() and not copy.exists():
            raise Refused(
                f"{path} is missing, and so is its copy: `dvc pull` brings the copy, "
                f"`snakemake --cores 8 {path.parent}` trains the network"
            )
    packed = {
        copy: lzma.compress(read_whole(path)) if path.exists() else read_whole(copy)
        for copy, path in files.items()
    }
    total = sum(map(len, packed.values()))
    if total > LARGEST_GALLERY:
        raise Refused(f"{study.path}: gallery of {total >> 20} MiB; choose fewer cells (40 MiB)")
    for copy, blob in packed.items():
        write_whole(copy, blob)
    remove(path for path in (GALLERY / study.name).rglob("*.xz") if path not in files)
    return total


def unpack(path: Path) -> bytes:
    """The checkpoint's bytes, of a checkpoint file or of a gallery's copy; Refused when damaged."""
    blob = read_whole(path)
    if path.suffix != ".xz":
        return blob
    try:
        return lzma.decompress(blob)
    except lzma.LZMAError as error:
        raise Refused(f"{path}: damaged ({error}); `dvc checkout --force` restores it") from None


def remove(paths: Iterable[Path]) -> None:
    """Delete files, and the folders that become empty."""
    for path in paths:
        path.unlink()
        for folder in path.parents:
            left = {inside.name for inside in folder.iterdir()}
            if folder == RESULTS or left - {".snakemake_timestamp"}:
                break
            shutil.rmtree(folder)
