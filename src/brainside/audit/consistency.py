"""The audit: does everything in the archive follow from the configs and the records?

It works offline and takes seconds. It finds any change that disagrees with the manifest, the
configs, the checkpoints at hand or the generated files. What it cannot find is a forgery that is
consistent in all of them: that is what retraining is for.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from brainside.analysis import tables
from brainside.archive import manifest, records
from brainside.archive.checkpoints import INTACT, copies_at_hand, state_of
from brainside.archive.frames import read_all
from brainside.archive.specs import read_json
from brainside.archive.superseded import superseded
from brainside.audit import coded, generated, recorded, searched, typed
from brainside.audit.copies import copies, readable
from brainside.audit.gallery import gallery
from brainside.audit.inputs import documents, inputs, released, strays
from brainside.audit.logged import log
from brainside.audit.stated import outdated
from brainside.audit.told import told
from brainside.audit.versioned import locked
from brainside.base.files import restore
from brainside.study import codings
from brainside.study.job import Job
from brainside.study.study import Study

J = TypeVar("J", bound=Job)


def audit(study: Study, *, archived: bool) -> Iterator[str]:
    """One line per finding: the file and what is wrong with it; nothing where all agrees.

    An archived study must also agree with the manifest, and may be incomplete; a live one may not.
    """
    seen: set[str] = set()
    for check in (*CHECKS, *((*OF_THE_ARCHIVE, *OF_THE_TEXT) if archived else (_missing,))):
        for finding in told(check(study)):
            if finding not in seen:
                yield finding
            seen.add(finding)


def counts(study: Study) -> str:
    """What the audit looked at, in one line."""
    sweeps = study.recorded()
    rows = read_all(sweep.path for sweep in readable(study))
    diverged, collapsed = int(rows["diverged"].sum()), int(rows["collapsed"].sum())
    at_hand = sum(len(copies_at_hand(s, budget)) for s in sweeps for budget in s.budgets)
    unnamed = len(superseded(study))
    seeds = rows.groupby(tables.CELL)["seed"].nunique()
    expected = tables.expected(study)
    complete = sum(len(wanted) == seeds.get(cell, 0) for cell, wanted in expected.items())
    return (
        f"{study.name}: {len(sweeps)} of {len(study.sweeps)} records, "
        f"{complete} of {len(expected)} cells with all their seeds, each a different one; "
        f"{len(rows)} networks ({diverged} diverged, {collapsed} collapsed), "
        f"{at_hand} checkpoint files at hand, {unnamed} superseded files"
    )


def _missing(study: Study) -> Iterator[str]:
    for sweep in study.sweeps:
        if not sweep.done:
            yield f"{sweep.path}: missing; run the study again"


def _records(study: Study) -> Iterator[str]:
    yield from _each((sweep for sweep in study.everything if sweep.done), recorded.wrong)


def _searches(study: Study) -> Iterator[str]:
    done = (search for search in study.searches if search.done)
    yield from _each(done, lambda search: searched.wrong(search, read_json(search.path)))


def _codings(study: Study) -> Iterator[str]:
    yield from _each(codings.existing(study), coded.wrong)


def _each(jobs: Iterable[J], check: Callable[[J], Iterator[str]]) -> Iterator[str]:
    """What a check finds in each job's file; a damaged one does not end the check of the others."""
    for job in jobs:
        yield from told(f"{job.path}: {what}" for what in check(job))


def _unexpected(study: Study) -> Iterator[str]:
    for path in superseded(study):
        yield f"{path}: no sweep of {study.path} has it; `brainside superseded` lists such files"


def _checkpoints(study: Study) -> Iterator[str]:
    for path, row in files_at_hand(study):
        if (state := state_of(path, row["checkpoint_sha256"])) != INTACT:
            yield f"{path}: is not the checkpoint of its record ({state})"


def _manifest(study: Study) -> Iterator[str]:
    entered = manifest.read_manifest()
    present = {str(path) for path in manifest.archived_files(study)}
    for path in sorted(present | set(entered)):
        if path not in present:
            yield f"{path}: is in the manifest and is gone; {restore(Path(path))}"
        elif path not in entered:
            yield f"{path}: is not in the manifest; `brainside manifest` enters it"
        else:
            yield from told(_entered(Path(path), entered[path]))


def _entered(path: Path, digest: str) -> Iterator[str]:
    if not manifest.agrees(path, digest):
        yield f"{path}: differs from the manifest; {restore(path)}"


def files_at_hand(study: Study) -> Iterator[tuple[Path, records.Row]]:
    """Every checkpoint file and gallery copy at hand, each with the row of its record."""
    for sweep in readable(study):
        copies = {budget: copies_at_hand(sweep, budget) for budget in sweep.budgets}
        if any(copies.values()):
            for row in records.read(sweep.path):
                yield from ((path, row) for path in copies.get(row["budget"], []))


def _typed(_: Study) -> Iterator[str]:
    yield from typed.unlisted()


CHECKS = (_records, recorded.unlike, _searches, _codings, copies, generated.differing, _checkpoints)
OF_THE_TEXT = (_typed, outdated)
OF_THE_ARCHIVE = (_unexpected, gallery, _manifest, log, locked, inputs, strays, documents, released)
