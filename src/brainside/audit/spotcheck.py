"""The spot check: archived sweeps drawn at random, retrained in scratch folders, and compared.

It finds what no comparison of files can: records that agree with everything and that no training
gives. The outcomes go into a log that is committed.
"""

import csv
import io
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from brainside.analysis import statistics
from brainside.archive import records
from brainside.archive.specs import machine_of
from brainside.audit import retraining
from brainside.base import keys
from brainside.base.errors import Refused
from brainside.base.files import read_committed, read_whole, restore, sha256, write_whole
from brainside.base.paths import AUDIT_LOG
from brainside.study import costs
from brainside.study.study import Study
from brainside.study.sweeps import Sweep
from brainside.training.machine import machine

COLUMNS = (
    "date", "draw", "archive", "records", "task", "method", "seed", "key", "record_sha256",
    "made_on", "retrained_on", "code", "outcome", "difference", "place",
)  # fmt: skip
SAME, WITHIN = "same bytes", "within the margin"
BEYOND, DIFFERS = "beyond the margin", "differs"
ONCE = ("draw", "archive", "code", "key")  # a draw has a record once
CHOSEN = "chosen"  # in place of the seed of a draw: says nothing about the rest of the archive
Row = dict[str, str]
# Trains sweeps in their scratch folders: each when done, with what went wrong or nothing.
Retrain = Callable[[Study, Sequence[Sweep], int], Iterable[tuple[Sweep, str]]]


def population(study: Study) -> list[Sweep]:
    """The sweeps whose records are in the archive, in the order of their paths."""
    return sorted(study.recorded(), key=lambda sweep: str(sweep.path))


def drawn(sweeps: Sequence[Sweep], count: int, seed: int) -> list[Sweep]:
    """That many sweeps at random without repetition, or all where there are fewer."""
    return random.Random(seed).sample(list(sweeps), min(count, len(sweeps)))


def affordable(study: Study, minutes: float, seed: int) -> list[Sweep]:
    """Sweeps at random, one after another, for as long as their committed costs fit the minutes.

    Processor minutes, with those of the starts that have to be trained first. One that no longer
    fits is passed over, so that the last ones are rather cheap. Refused where none fits.
    """
    order = drawn(population(study), len(study.sweeps), seed)
    left, sample, started = 60 * minutes, [], set[Path]()
    for sweep in order:
        needed = [s for s in [*retraining.absent_starts(sweep), sweep] if s.path not in started]
        if (cost := sum(seconds(study, job) for job in needed)) <= left:
            left -= cost
            sample.append(sweep)
            started |= {job.path for job in needed if job is not sweep}
    if not sample:
        raise Refused(f"{minutes:g} minutes: no record of {study.name} was trained in that time")
    return sample


def seconds(study: Study, sweep: Sweep) -> float:
    """Processor time of a sweep: what it took, or what the plan says where it has no cost."""
    return costs.taken([sweep]) if sweep.cost.exists() else costs.seconds([sweep], study)


def named(study: Study, coordinates: str) -> Sweep:
    """The archived sweep `task/method/seed`; Refused where it has no record."""
    for sweep in population(study):
        if sweep.coordinates == coordinates:
            return sweep
    raise Refused(f"{coordinates}: no record of {study.name}; write task/method/seed")


def check(
    study: Study,
    sample: Sequence[Sweep],
    draw: str,
    cores: int,
    retrain: Retrain = retraining.retrained,
) -> Iterator[Row]:
    """Retrain a sample and yield its rows of the log, each written as soon as its sweep is done.

    `retrain` trains them. What the log has of this draw from this archive by this code is not done
    again. Raises Refused, after the others are done, where something could not be retrained.
    """
    retraining.clear(keep_current=True)
    archive = population(study)
    about = {"draw": draw, "archive": digest(archive), "records": str(len(archive)),
             "code": retraining.source_digest()}  # fmt: skip
    done = {row["key"] for row in read_log() if about.items() <= row.items()}
    todo = [sweep for sweep in sample if sweep.key not in done or draw == CHOSEN]
    failed = []
    for sweep, error in retrain(study, todo, cores):
        if error:
            failed.append(error)
        else:
            yield _enter({**about, **_compared(study, sweep)})
    if failed:
        raise Refused(f"{failed[0]}; {len(failed)} such; run again with the same seed to go on")
    retraining.clear(keep_current=False)


def read_log() -> list[Row]:
    """The rows of the log; none where nothing was retrained yet; Refused where it is damaged."""
    if not AUDIT_LOG.exists():
        return []
    try:
        first, *lines = csv.reader(read_committed(AUDIT_LOG).decode().splitlines(), strict=True)
        if tuple(first) != COLUMNS:
            raise ValueError("columns")
        return [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    except (ValueError, csv.Error):
        raise Refused(f"{AUDIT_LOG}: unreadable; {restore(AUDIT_LOG)}") from None


def proven(study: Study) -> str:
    """What all draws from the archive as it is now prove about it, in one line.

    Distinct records of random draws are a random sample of the archive, and as none is in it twice
    the binomial bound is on the cautious side.
    """
    archive, log = population(study), [row for row in read_log() if row["draw"] != CHOSEN]
    now = digest(archive)
    ours = [row for row in log if row["archive"] == now]
    keyed = {row["key"] for row in ours}
    wrong = {row["key"] for row in ours if row["outcome"] not in (SAME, WITHIN)}
    other = len(log) - len(ours)
    earlier = f" ({other} more of other states of the archive)" if other else ""
    if not keyed:
        return f"retrained: none of the {len(archive)} records in a random draw{earlier}"
    share = 100 * statistics.share_below(len(wrong), len(keyed))
    says = f"with 95 % confidence fewer than {share:.3g} % of the archive is wrong"
    if len(keyed) == len(archive):
        says = "that is the whole archive"
    return f"retrained: {len(wrong)} of {len(keyed)} mismatched: {says}{earlier}"


def described(row: Row) -> str:
    """A row of the log in words."""
    text = f"{row['task']}/{row['method']}/{row['seed']}: {row['outcome']}"
    if row["outcome"] == SAME:
        return text
    text += f", test errors differ by up to {float(row['difference']):.4g}, {row['place']}"
    if row["outcome"] != DIFFERS:
        text += f" (made on {row['made_on']}, retrained on {row['retrained_on']})"
    return text


def digest(sweeps: Sequence[Sweep]) -> str:
    """Eight hex digits that stand for the content of all these records."""
    return keys.key([[str(sweep.path), digest_of(sweep)] for sweep in sweeps])


def digest_of(sweep: Sweep) -> str:
    """The SHA-256 of a record; Refused where it cannot be read."""
    return sha256(sweep.path, restore(sweep.path))


def _compared(study: Study, sweep: Sweep) -> Row:
    """What a row of the log says of one retrained sweep."""
    difference = _difference(sweep)
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "task": sweep.task, "method": sweep.method, "seed": str(sweep.seed), "key": sweep.key,
        "record_sha256": digest_of(sweep), "made_on": machine_of(sweep),
        "retrained_on": machine(), "difference": f"{difference:.6g}", "place": _place(sweep),
    }  # fmt: skip
    return {**row, "outcome": outcome(study, sweep, row, difference)}


def outcome(study: Study, sweep: Sweep, row: Row, difference: float) -> str:
    """How a retrained sweep came out, by the other columns of its row."""
    if not row["place"]:
        return SAME
    if row["made_on"] == row["retrained_on"]:
        return DIFFERS
    margin = study.config["tasks"][sweep.task]["margin"]
    return WITHIN if difference <= margin else BEYOND


def _place(sweep: Sweep) -> str:
    """The first line where record and retrained record differ; "" where all bytes agree.

    Where the sweep started from another reference than the archive's, that is the place.
    """
    changed = list(_changed(sweep, sweep))
    start = list(_changed(sweep.parent, sweep)) if sweep.parent and changed else []
    return [*start, *changed, ""][0]


def _changed(source: Sweep, sweep: Sweep) -> Iterator[str]:
    """Files of a sweep or of its reference that are not those in the sweep's scratch folder."""
    record, mistakes, _ = source.files
    for path in filter(Path.exists, (record, mistakes)):
        old, new = (read_whole(p).splitlines() for p in (path, retraining.folder(sweep) / path))
        if old != new:
            pairs = zip([*old, b""], [*new, b""], strict=False)
            yield f"{path}:{next(n for n, (a, b) in enumerate(pairs, 1) if a != b)}"


def _difference(sweep: Sweep) -> float:
    """The largest difference of test error from the retrained record; 1 where one is unreadable."""
    paths = sweep.path, retraining.folder(sweep) / sweep.path
    try:
        old, new = ([row["test_error"] for row in records.read(path)] for path in paths)
    except Refused:
        return 1.0
    if len(old) != len(new):
        return 1.0
    return max(abs(one - other) for one, other in zip(old, new, strict=True))


def _enter(row: Row) -> Row:
    """Add a row to the log, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows([*read_log(), row])
    write_whole(AUDIT_LOG, text.getvalue().encode())
    return row
