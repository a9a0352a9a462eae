"""The log of retrained sweeps against the records and itself."""

from collections.abc import Iterator

from brainside.archive import manifest
from brainside.archive.specs import machine_of
from brainside.audit import spotcheck
from brainside.base.files import sha256
from brainside.base.paths import AUDIT_LOG
from brainside.study.study import Study
from brainside.study.sweeps import Sweep


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
        if what := _wrong(study, row, sweep) if sweep else "no record has its key" * (line > known):
            yield f"{AUDIT_LOG}:{line}: {what}"
        if row["draw"] != spotcheck.CHOSEN and draw in seen:
            yield f"{AUDIT_LOG}:{line}: the same record of the same draw as in a line before"
        seen.add(draw)


def _wrong(study: Study, row: spotcheck.Row, sweep: Sweep) -> str:
    """What of a row does not follow from the record that it is about; "" where all does."""
    if (row["task"], row["method"], row["seed"]) != (sweep.task, sweep.method, str(sweep.seed)):
        return f"its key is that of {sweep.coordinates}"
    if row["record_sha256"] != sha256(sweep.path):
        return f"record_sha256 is not that of {sweep.path}"
    if row["made_on"] != machine_of(sweep):
        return "made_on is not what the file beside the record says"
    try:
        expected = spotcheck.outcome(study, sweep, row, float(row["difference"]))
    except ValueError:
        return f"difference {row['difference']!r} is not a number"
    return "" if row["outcome"] == expected else f"by its other columns it is {expected!r}"
