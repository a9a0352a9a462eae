"""The log of retrained sweeps against the records, itself, and the draws that it names."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import takewhile

from brainside.archive import manifest
from brainside.archive.specs import machine_of
from brainside.audit import spotcheck
from brainside.audit.told import told
from brainside.base.paths import AUDIT_LOG
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

# What a retraining writes into a column, whatever it was about.
FORMS = {
    "draw": rf"{spotcheck.CHOSEN}|-?\d{{1,20}}", "archive": "[0-9a-f]{8}", "records": r"\d{1,9}",
    "record_sha256": "[0-9a-f]{64}", "made_on": r"\S.*", "retrained_on": r"\S.*",
    "code": "[0-9a-f]{8}",
}  # fmt: skip


def log(study: Study) -> Iterator[str]:
    """Rows of the log that no retraining of an archived record can have written.

    Rows about records that are superseded since must be among the lines that the manifest has.
    """
    rows = spotcheck.read_log()
    entered = manifest.read_manifest().get(str(AUDIT_LOG))
    known = manifest.entered_lines(entered) if entered and rows else 0
    sweeps = {sweep.key: sweep for sweep in study.everything if sweep.done}
    seen: set[tuple[str, ...]] = set()
    for line, row in enumerate(rows, 2):
        sweep, draw = sweeps.get(row["key"]), tuple(row[name] for name in spotcheck.ONCE)
        unknown = "no record has its key" if line > known else ""
        what = _malformed(row) or (_wrong(study, row, sweep) if sweep else unknown)
        if what:
            yield f"{AUDIT_LOG}:{line}: {what}"
        if row["draw"] != spotcheck.CHOSEN and draw in seen:
            yield f"{AUDIT_LOG}:{line}: the same record of the same draw as in a line before"
        seen.add(draw)
    yield from _draws(study, rows)


def proven(study: Study) -> str:
    """What the log proves, in one line: nothing where a line of it, or a record, is wrong."""
    if wrong := next(told(log(study)), ""):
        return f"retrained: {AUDIT_LOG} proves nothing as long as this is so: {wrong}"
    return spotcheck.proven(study)


def _malformed(row: spotcheck.Row) -> str:
    """The first column of a row that no retraining can have written, in words; "" without one.

    Dates are not compared with today's, since either clock may be wrong.
    """
    wrong = [name for name, form in FORMS.items() if not re.fullmatch(form, row[name])]
    wrong += ["date"] * (not _is_date(row["date"]))
    wrong += ["difference"] * (not _is_difference(row["difference"], row["outcome"]))
    return f"{wrong[0]} {row[wrong[0]]!r} is none that a retraining writes" if wrong else ""


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_difference(text: str, outcome: str) -> bool:
    try:
        return 0 <= float(text) <= (0 if outcome == spotcheck.SAME else 1)  # no nan, either
    except ValueError:
        return False


def _wrong(study: Study, row: spotcheck.Row, sweep: Sweep) -> str:
    """What of a row does not follow from the record that it is about; "" where all does."""
    if (row["task"], row["method"], row["seed"]) != (sweep.task, sweep.method, str(sweep.seed)):
        return f"its key is that of {sweep.coordinates}"
    if row["record_sha256"] != spotcheck.digest_of(sweep):
        return f"record_sha256 is not that of {sweep.path}"
    if row["made_on"] != machine_of(sweep):
        return "made_on is not what the file beside the record says"
    expected = spotcheck.outcome(study, sweep, row, float(row["difference"]))
    return "" if row["outcome"] == expected else f"by its other columns it is {expected!r}"


def _draws(study: Study, rows: Sequence[spotcheck.Row]) -> Iterator[str]:
    """Rows of the present archive whose number of records or whose draw is not the archive's."""
    archive = spotcheck.population(study)
    now, count = spotcheck.digest(archive), str(len(archive))
    draws: dict[tuple[str, str], dict[str, int]] = {}
    for line, row in enumerate(rows, 2):
        if row["archive"] == now and not _malformed(row):
            if row["records"] != count:
                yield f"{AUDIT_LOG}:{line}: that archive has {count} records"
            draws.setdefault((row["draw"], row["code"]), {})[row["key"]] = line
    for (draw, _), lines in draws.items():
        if draw != spotcheck.CHOSEN and not _drawn(study, archive, lines.keys(), int(draw)):
            yield (f"{AUDIT_LOG}:{max(lines.values())}: --seed {draw} draws others before; "
                   f"`brainside audit --retrain --seed {draw}` goes on with them")  # fmt: skip


def _drawn(study: Study, archive: Sequence[Sweep], keys: Collection[str], seed: int) -> bool:
    """Whether a seed draws these records: as many of them, or as many as fit some minutes.

    Of the whole archive in the order of a draw, the log may lack only what `affordable` passed
    over: a sweep that takes longer, with its starts, than all that was drawn after it.
    """
    few = [sweep.key for sweep in spotcheck.drawn(archive, len(keys), seed)]
    rest = set(keys) - set(takewhile(keys.__contains__, few))
    later = 0.0
    for sweep in reversed(spotcheck.drawn(archive, len(archive), seed)):
        if sweep.key in rest:
            rest.remove(sweep.key)
            later += spotcheck.seconds(study, sweep)
        elif sweep.key not in keys and later > _seconds_with_starts(study, sweep):
            return False
    return not rest


def _seconds_with_starts(study: Study, sweep: Sweep | None) -> float:
    """Processor time of a sweep, of what it starts from, of what that starts from, and so on."""
    total = 0.0
    while sweep:
        total += spotcheck.seconds(study, sweep)
        sweep = sweep.start
    return total
