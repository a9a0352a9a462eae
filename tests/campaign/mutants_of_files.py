"""Mutated files of every format, read by what reads them: refused by name, or read as a file."""

import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from campaign import samples
from campaign.case import Outcome, inside
from campaign.small import small_archive
from helpers import damage
from helpers.tampering import pair

from brainside.analysis import coding_tables, readings
from brainside.archive import manifest, mistakes, records, searches, specs
from brainside.archive.checkpoints import unpacked
from brainside.audit import spotcheck, stages, typed
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.data.preparation import read_prepared
from brainside.report import notebooks
from brainside.report.release import versions
from brainside.report.tex.claims import rows_of
from brainside.representations import checkpoint
from brainside.study import costs, study

Reader = Callable[[], Any]


def outcomes(folder: Path, first: int) -> Iterator[Outcome]:
    """The cases from a number on: number n mutates the n-th file in turn with the seed n.

    In a copy of the archive, as a campaign that is stopped in the middle leaves a mutated file.
    """
    archive, copy = small_archive(folder), folder / "mutated"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(archive, copy, symlinks=True)
    with inside(copy):
        readers = _readers(study.load("config/quick"))
        blobs = {path: path.read_bytes() for path, _ in readers}
        for number in range(first, 1 << 30):
            path, read = readers[number % len(readers)]
            mutated = damage.mutated(blobs[path], number)
            path.write_bytes(mutated)
            outcome = _outcome(path, read)
            path.write_bytes(blobs[path])
            yield outcome


def _outcome(path: Path, read: Reader) -> Outcome:
    """Read: refused by name, or content that is held against manifest and records elsewhere."""
    try:
        read()
    except Refused as refusal:
        named = path.name in str(refusal) or path.stem in str(refusal)
        return Outcome(True, named, False, f"{path}: {refusal}")
    except Exception:
        lines = traceback.format_exc().splitlines()
        return Outcome(False, False, True, f"{path}: {lines[-3].strip()}: {lines[-1]}")
    return Outcome(True, True, False, "")


def _readers(whole: study.Study) -> list[tuple[Path, Reader]]:
    """One file of each format, and what reads it; of what only the manifest has, the audit's."""
    sweep, files = pair(whole)[0], damage.files(whole)
    search = next(search for search in whole.searches if search.done)
    network = sweep.checkpoint(sweep.budgets[0])
    data = Path("data/prepared/digits.npz")
    data_bytes = data.read_bytes()
    data.unlink()
    data.write_bytes(data_bytes)  # a file of its own in the place of a link
    configs = sorted(Path("config/quick").rglob("*.yaml"))
    beside = {
        paths.PUBLISHED: "published", paths.FORMER_VERDICTS: "former_verdicts",
        Path("config/claims/nobody2000.yaml"): "claims", paths.WORKFLOW: "workflow",
    }  # fmt: skip
    notebook = next(paths.NOTEBOOKS.glob("*.ipynb"))
    measured = manifest.read_manifest()[str(paths.BENCHMARKS)]
    return [
        (files["record"], lambda: records.read(sweep.path)),
        (files["mistakes"], lambda: mistakes.read(sweep.path)),
        (files["spec"], lambda: specs.read_json(files["spec"])),
        (files["search"], lambda: searches.read_search(search)),
        (files["coding"], lambda: coding_tables.read(files["coding"])),
        (files["cost"], lambda: costs.taken([sweep])),
        (files["manifest"], manifest.read_manifest),
        (files["log"], spotcheck.read_log),
        (files["lock"], lambda: list(stages.entries())),
        (files["gallery"], lambda: unpacked(files["gallery"])),
        (files["listing"], lambda: stages.read_listing("".join(files["listing"].parts[-2:]))),
        (files["summary"], lambda: readings.read_table(whole, "summary")),
        (files["claims"], lambda: rows_of(whole)),
        (files["README"], lambda: list(typed.unlisted())),
        (files["typed numbers"], lambda: list(typed.unlisted())),
        (network, lambda: checkpoint.read(network).network()),
        (data, lambda: read_prepared("digits")),
        (files["stages"], lambda: stages.read_stages(files["stages"])),
        *((path, lambda path=path: versions.named(path)) for path in versions.FILES),
        (paths.BENCHMARKS, lambda: manifest.agrees(paths.BENCHMARKS, measured)),
        (notebook, lambda: notebooks.read(notebook)),
        samples.of_plots(sweep), *samples.of_configs(beside), *samples.of_datasets(),
        *samples.of_codecs(),
        *((path, lambda: study.load("config/quick")) for path in configs),
    ]  # fmt: skip
