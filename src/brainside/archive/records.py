"""Records: one CSV per sweep with one row per budget, the same bytes whenever it is re-run."""

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict, cast

import numpy as np
import pandas as pd

from brainside.archive import mistakes
from brainside.archive.mistakes import REMEDY
from brainside.base import tables
from brainside.base.errors import Refused
from brainside.base.files import State, read_whole, state, write_whole
from brainside.study.sweeps import Sweep

TEXT = ("study", "task", "method", "key", "row_key", "data_digest", "checkpoint_sha256")
DIGEST = re.compile("[0-9a-f]{64}")
NAME = re.compile(r"seed=(\d+)\.([0-9a-f]{8})\.csv")
States = tuple[State | None, State | None]  # of a record and of the file of its mistakes


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


@dataclass(frozen=True)
class Kept:
    """A record in memory, as a frame and row by row, with the states of its files."""

    states: States
    frame: pd.DataFrame
    rows: list[Row]


_KEPT: dict[Path, Kept] = {}


def to_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The bytes of a record: the common columns in their order, then the method's own by name."""
    rows = list(rows)
    own = sorted({column for row in rows for column in row} - {*COLUMNS, mistakes.COLUMN})
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, *own], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write(rows: list[Mapping[str, Any]], path: Path) -> None:
    """Write a record, whole or not at all, and the rows' test mistakes beside it."""
    lines = [f"{float(row['budget'])!r} {row[mistakes.COLUMN]}\n" for row in rows]
    write_whole(mistakes.path_of(path), "".join(lines).encode())
    write_whole(path, to_csv(rows))


def find_row(record: Path, row_key: str) -> dict[str, str] | None:
    """A record's row with a row key, as the text that stands there, with its test mistakes.

    Raises Refused where the record is damaged.
    """
    read(record)
    with record.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["row_key"] == row_key:
                wrong = mistakes.read(record)[float(row["budget"])]
                return {**row, mistakes.COLUMN: mistakes.pack(wrong)}
    return None


def read(path: Path) -> pd.DataFrame:
    """A record, one row per budget; Refused when it is missing, damaged or another's.

    Read once a process, for as long as the file and that of its mistakes stay what they are.
    """
    return _kept(path).frame.copy(deep=False)


def _states(path: Path) -> States:
    return state(path), state(mistakes.path_of(path))


def _known(path: Path, states: States) -> bool:
    return path in _KEPT and _KEPT[path].states == states


def _kept(path: Path) -> Kept:
    states = _states(path)
    if not _known(path, states):
        frame = _read(read_whole(path), path)
        if wrong := next(_wrong(frame), None):
            raise Refused(f"{path}: column {wrong} has a wrong value; {REMEDY}")
        _check_identity(frame, path)
        _KEPT[path] = Kept(states, frame, _rows(frame))
    return _KEPT[path]


def _rows(frame: pd.DataFrame) -> list[Row]:
    return cast(list[Row], tables.rows_of(frame))


def _read(blob: bytes, path: Path) -> pd.DataFrame:
    try:
        frame = tables.read_csv(io.BytesIO(blob), dtype=dict.fromkeys(TEXT, str))
        missing = [column for column in COLUMNS if column not in frame]
    except (ValueError, pd.errors.ParserError) as error:
        raise Refused(f"{path}: unreadable record ({error}); {REMEDY}") from None
    if missing or not NAME.fullmatch(path.name):
        raise Refused(f"{path}: no record of ours (column {missing[:1]}); {REMEDY}")
    return frame


def _check_identity(frame: pd.DataFrame, path: Path) -> None:
    """Refused unless the rows are those of a record's name and of the mistakes beside it."""
    name = NAME.fullmatch(path.name)
    assert name is not None
    for column, value in {"seed": int(name[1]), "key": name[2]}.items():
        if frame.empty or any(given != value for given in frame[column].tolist()):
            raise Refused(f"{path}: {column} inside is not {value}; {REMEDY}")
    if sorted(mistakes.read(path)) != sorted(frame["budget"]):
        raise Refused(f"{mistakes.path_of(path)}: of other budgets; {REMEDY}")


def read_ahead(paths: Iterable[Path]) -> None:
    """Take records into memory, those with the same columns together: a quarter of the time.

    Those that something is wrong with are left to `read`, which says what it is.
    """
    together: dict[bytes, list[tuple[Path, States, bytes]]] = {}
    for path in paths:
        states = _states(path)
        if None not in states and not _known(path, states):
            header, _, rows = path.read_bytes().partition(b"\n")
            if rows.endswith(b"\n"):
                together.setdefault(header, []).append((path, states, rows))
    for header, files in together.items():
        with contextlib.suppress(Refused):
            _read_together(header, files)


def _read_together(header: bytes, files: list[tuple[Path, States, bytes]]) -> None:
    frame = _read(b"\n".join([header, b"".join(rows for *_, rows in files)]), files[0][0])
    lengths = [rows.count(b"\n") for *_, rows in files]
    if sum(lengths) != len(frame) or any(_wrong(frame)):
        return
    rows, ends = _rows(frame), np.cumsum(lengths)
    for (path, states, _), length, end in zip(files, lengths, ends, strict=True):
        ours = slice(end - length, end)
        record = frame.iloc[ours].reset_index(drop=True)
        with contextlib.suppress(Refused):
            _check_identity(record, path)
            _KEPT[path] = Kept(states, record, rows[ours])


def rows_of(sweep: Sweep) -> list[Row]:
    """The rows of a sweep's record, in descending budgets; Refused as by `read`."""
    return [row.copy() for row in _kept(sweep.path).rows]


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
    paths = list(paths)
    read_ahead(paths)
    return _united(tuple((path, _states(path)) for path in paths)).copy(deep=False)


@lru_cache(maxsize=4)
def _united(records: tuple[tuple[Path, States], ...]) -> pd.DataFrame:
    """The rows in one frame, made of them: of as many frames it would take thirty times as long."""
    rows = [row for path, _ in records for row in _kept(path).rows]
    return pd.DataFrame(rows, columns=None if rows else list(COLUMNS))


def weights_of(sweep: Sweep) -> dict[float, int]:
    """How many weights the networks of a record have, by budget."""
    return {row["budget"]: int(row["weights"]) for row in rows_of(sweep)}
