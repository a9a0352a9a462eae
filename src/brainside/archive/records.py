"""Records: one CSV a sweep, one row a budget, the same bytes whenever it is run again."""

import base64
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.base.errors import Refused
from brainside.base.files import read_whole, write_whole
from brainside.study.sweeps import Sweep

COLUMNS = (
    "study", "task", "method", "budget", "seed", "key", "row_key",
    "weights", "biases", "nonzero_weights", "multiply_adds", "checkpoint_bytes",
    "train_error", "valid_error", "test_error", "train_loss", "valid_loss", "test_loss",
    "valid_loss_before", "epochs_total", "diverged", "collapsed", "dead_units", "connected_inputs",
    "data_digest", "checkpoint_sha256",
)  # fmt: skip
TEXT = ("study", "task", "method", "key", "row_key", "data_digest", "checkpoint_sha256")
MISTAKES = "test_mistakes"
NAME = re.compile(r"seed=(\d+)\.([0-9a-f]{8})\.csv")


def to_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The bytes of a record: the common columns in their order, then the method's own by name."""
    rows = list(rows)
    own = sorted({column for row in rows for column in row} - {*COLUMNS, MISTAKES})
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *own], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write(rows: list[Mapping[str, Any]], path: Path) -> None:
    """Write a record, whole or not at all, and the rows' test mistakes beside it."""
    lines = [f"{float(row['budget'])!r} {row[MISTAKES]}\n" for row in rows]
    write_whole(mistakes_path(path), "".join(lines).encode())
    write_whole(path, to_csv(rows))


def find_row(record: Path, row_key: str) -> dict[str, str] | None:
    """A record's row with a row key, as the text that stands there, with its test mistakes.

    Raises Refused where the record is damaged.
    """
    read(record)
    with record.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["row_key"] == row_key:
                return {**row, MISTAKES: pack(read_mistakes(record)[float(row["budget"])])}
    return None


def mistakes_path(record: Path) -> Path:
    """The file beside a record with a line a budget: the budget, and its test mistakes."""
    return record.with_suffix(".mistakes")


def pack(mistakes: np.ndarray) -> str:
    """Booleans (N,) as text: N, a colon, and their bits in base64."""
    return f"{len(mistakes)}:{base64.b64encode(np.packbits(mistakes).tobytes()).decode()}"


def read_mistakes(record: Path) -> dict[float, np.ndarray]:
    """By budget, which test images the network got wrong, boolean (N,).

    Raises Refused when the file is missing or damaged.
    """
    path = mistakes_path(record)
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
        return {float(budget): _unpack(packed) for budget, packed in lines}
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: unreadable ({error}); delete the record and run again") from None


def _unpack(packed: str) -> np.ndarray:
    count, bits = packed.split(":")
    raw = np.frombuffer(base64.b64decode(bits, validate=True), np.uint8)
    if len(raw) != -(-int(count) // 8):
        raise ValueError(f"{len(raw)} bytes for {count} images")
    return np.unpackbits(raw, count=int(count)).astype(bool)


def read(path: Path) -> pd.DataFrame:
    """One record, a row a budget; Refused when it is missing, damaged or not what its name says."""
    name, blob = NAME.fullmatch(path.name), read_whole(path)
    try:
        frame = pd.read_csv(io.BytesIO(blob), dtype=dict.fromkeys(TEXT, str))
        missing = [column for column in COLUMNS if column not in frame]
    except (ValueError, pd.errors.ParserError) as error:
        raise Refused(f"{path}: unreadable record ({error}); delete it and run again") from None
    if missing or not name:
        raise Refused(f"{path}: no record of ours (column {missing[:1]}); delete it and run again")
    expected = {"seed": int(name[1]), "key": name[2]}
    for column, value in expected.items():
        if frame.empty or not (frame[column] == value).all():
            raise Refused(f"{path}: {column} inside is not {value}; delete it and run again")
    if wrong := next(_wrong(frame), None):
        raise Refused(f"{path}: column {wrong} has a wrong value; delete it and run again")
    if sorted(read_mistakes(path)) != sorted(frame["budget"]):
        raise Refused(f"{mistakes_path(path)}: of other budgets; delete the record and run again")
    return frame


def _wrong(frame: pd.DataFrame) -> Iterator[str]:
    """Columns in which something is not of its kind; a loss alone may be no number."""
    for column in COLUMNS:
        values = frame[column]
        if column in ("diverged", "collapsed"):
            right = values.dtype == bool
        elif column in ("data_digest", "checkpoint_sha256"):
            right = bool(values.str.fullmatch("[0-9a-f]{64}").all())
        elif column in TEXT:
            right = bool(values.notna().all())
        else:
            number = pd.api.types.is_numeric_dtype(values)
            right = number and ("loss" in column or bool(values.notna().all()))
        if not right:
            yield column


def read_all(paths: Iterable[Path]) -> pd.DataFrame:
    """Records below one another; an empty frame with the common columns when there are none."""
    frames = [read(path) for path in paths]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def weights_of(sweep: Sweep) -> dict[float, int]:
    """How many weights the networks of a record have, by budget."""
    frame = read(sweep.path)
    return dict(zip(frame["budget"], map(int, frame["weights"]), strict=True))
