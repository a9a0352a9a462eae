"""Records: one CSV per sweep with one row per budget, the same bytes whenever it is re-run."""

import base64
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
import pandas as pd

from brainside.base import tables
from brainside.base.errors import Refused
from brainside.base.files import State, read_whole, state, write_whole
from brainside.study.sweeps import Sweep

TEXT = ("study", "task", "method", "key", "row_key", "data_digest", "checkpoint_sha256")
MISTAKES = "test_mistakes"
REMEDY = "`git restore results` brings an archived one back, deleting it makes the sweep run again"
DIGEST = re.compile("[0-9a-f]{64}")
NAME = re.compile(r"seed=(\d+)\.([0-9a-f]{8})\.csv")
KEPT = 1 << 14  # records in memory: an audit asks for each of them seven times


class Row(TypedDict):
    """A row of a record: the columns that all methods have; a method's own are beside them.

    Errors are fractions of the images; `epochs_total` is counted along a trajectory.
    """

    study: str
    task: str
    method: str
    budget: float
    seed: int
    key: str
    row_key: str
    weights: int
    biases: int
    nonzero_weights: int
    multiply_adds: int
    checkpoint_bytes: int
    train_error: float
    valid_error: float
    test_error: float
    train_loss: float
    valid_loss: float
    test_loss: float
    valid_loss_before: float
    epochs_total: int
    diverged: bool
    collapsed: bool
    dead_units: int
    connected_inputs: int
    data_digest: str
    checkpoint_sha256: str


COLUMNS = tuple(Row.__annotations__)


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
    with record.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["row_key"] == row_key:
                return {**row, MISTAKES: pack(read_mistakes(record)[float(row["budget"])])}
    return None


def mistakes_path(record: Path) -> Path:
    """The file beside a record with one line per budget: the budget, and its test mistakes."""
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
        packed = _packed(path, state(path))
        return {budget: unpack(mistakes) for budget, mistakes in packed.items()}
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: unreadable ({error}); {REMEDY}") from None


@lru_cache(maxsize=KEPT)
def _packed(path: Path, _: State | None) -> dict[float, str]:
    """By budget, the mistakes as they stand in their file: an eighth of what they are unpacked."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return {float(budget): packed for budget, packed in lines}


def unpack(packed: str) -> np.ndarray:
    """The booleans (N,) of a packed text; ValueError where it is none."""
    count, bits = packed.split(":")
    raw = np.frombuffer(base64.b64decode(bits, validate=True), np.uint8)
    if len(raw) != -(-int(count) // 8):
        raise ValueError(f"{len(raw)} bytes for {count} images")
    return np.unpackbits(raw, count=int(count)).astype(bool)


def read(path: Path) -> pd.DataFrame:
    """A record, one row per budget; Refused when it is missing, damaged or another's.

    Read once a process, for as long as the file and that of its mistakes stay what they are.
    """
    return _kept(path, *_states(path)).copy(deep=False)


def _states(path: Path) -> tuple[State | None, State | None]:
    return state(path), state(mistakes_path(path))


@lru_cache(maxsize=KEPT)
def _kept(path: Path, _: State | None, __: State | None) -> pd.DataFrame:
    return _read(path)


def _read(path: Path) -> pd.DataFrame:
    name, blob = NAME.fullmatch(path.name), read_whole(path)
    try:
        frame = tables.read_csv(io.BytesIO(blob), dtype=dict.fromkeys(TEXT, str))
        missing = [column for column in COLUMNS if column not in frame]
    except (ValueError, pd.errors.ParserError) as error:
        raise Refused(f"{path}: unreadable record ({error}); {REMEDY}") from None
    if missing or not name:
        raise Refused(f"{path}: no record of ours (column {missing[:1]}); {REMEDY}")
    expected = {"seed": int(name[1]), "key": name[2]}
    for column, value in expected.items():
        if frame.empty or not (frame[column] == value).all():
            raise Refused(f"{path}: {column} inside is not {value}; {REMEDY}")
    if wrong := next(_wrong(frame), None):
        raise Refused(f"{path}: column {wrong} has a wrong value; {REMEDY}")
    if sorted(read_mistakes(path)) != sorted(frame["budget"]):
        raise Refused(f"{mistakes_path(path)}: of other budgets; {REMEDY}")
    return frame


def rows_of(sweep: Sweep) -> list[Row]:
    """The rows of a sweep's record, in descending budgets; Refused as by `read`."""
    return cast(list[Row], tables.rows_of(read(sweep.path)))


def _wrong(frame: pd.DataFrame) -> Iterator[str]:
    """Columns with a value that is not of their kind; only a loss may be not a number."""
    for column in COLUMNS:
        values = frame[column].to_numpy()
        if column in ("diverged", "collapsed"):
            right = values.dtype == bool
        elif column in ("data_digest", "checkpoint_sha256"):
            right = all(isinstance(value, str) and DIGEST.fullmatch(value) for value in values)
        elif column in TEXT:
            right = all(isinstance(value, str) for value in values)
        else:
            number = values.dtype.kind in "iufb"
            right = number and ("loss" in column or not np.isnan(values).any())
        if not right:
            yield column


def read_all(paths: Iterable[Path]) -> pd.DataFrame:
    """All rows of several records; an empty frame with the common columns when there are none."""
    return _united(tuple((path, *_states(path)) for path in paths)).copy(deep=False)


@lru_cache(maxsize=4)
def _united(records: tuple[tuple[Path, State | None, State | None], ...]) -> pd.DataFrame:
    frames = [_kept(*record) for record in records]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def weights_of(sweep: Sweep) -> dict[float, int]:
    """How many weights the networks of a record have, by budget."""
    return {row["budget"]: int(row["weights"]) for row in rows_of(sweep)}
