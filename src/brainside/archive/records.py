"""Records: one CSV per sweep with one row per budget, the same bytes whenever it is re-run."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict, cast

from brainside.archive import mistakes
from brainside.archive.mistakes import REMEDY
from brainside.base.errors import Refused
from brainside.base.files import State, read_whole, state, write_whole
from brainside.study.sweeps import Sweep

INTEGER = re.compile("-?[0-9]+")
NUMBER = re.compile("-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?")
DIGEST = re.compile("[0-9a-f]{64}")
UNREAD = "`git restore results` brings an archived one back, or make it again"
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


_KEPT: dict[Path, tuple[States, list[Row]]] = {}


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


def weights_of(sweep: Sweep) -> dict[float, int]:
    """How many weights the networks of a record have, by budget."""
    return {row["budget"]: row["weights"] for row in read(sweep.path)}


def read(path: Path) -> list[Row]:
    """A record, one row per budget; Refused when it is missing, damaged or another's.

    Read once a process, for as long as the file and that of its mistakes stay what they are.
    """
    states = states_of(path)
    if path not in _KEPT or _KEPT[path][0] != states:
        try:
            rows = _rows(read_whole(path, UNREAD).decode())
        except (ValueError, csv.Error) as error:
            raise Refused(f"{path}: unreadable record ({error}); {REMEDY}") from None
        _check_identity(rows, path)
        _KEPT[path] = states, rows
    return [row.copy() for row in _KEPT[path][1]]


def states_of(path: Path) -> States:
    """The states of a record and of the file of its mistakes, which change with either file."""
    return state(path), state(mistakes.path_of(path))


def _rows(text: str) -> list[Row]:
    """The rows of a record's text; ValueError or csv.Error where it is none."""
    header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    if missing := set(COLUMNS) - set(header):
        raise ValueError(f"without column {min(missing)}")
    if not text.endswith("\n") or len(set(header)) < len(header):
        raise ValueError("cut off, or with a column twice")
    parsers = [(column, _PARSERS.get(column, _own)) for column in header]
    return [_row(parsers, line) for line in lines]


def _row(parsers: list[tuple[str, Callable[[str], Any]]], line: list[str]) -> Row:
    row, column = {}, ""
    try:
        for (column, parse), text in zip(parsers, line, strict=True):
            row[column] = parse(text)
    except ValueError:
        raise ValueError(f"column {column} has a wrong value") from None
    return cast(Row, row)


def _boolean(text: str) -> bool:
    return bool(("False", "True").index(text))


def _integer(text: str) -> int:
    return int(_of_form(INTEGER, text))


def _number(text: str) -> float:
    return float(_of_form(NUMBER, text))


def _loss(text: str) -> float:
    """Only a loss may be not a number, or infinite."""
    return float(text) if text in ("nan", "inf") else _number(text)


def _name(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _digest(text: str) -> str:
    return _of_form(DIGEST, text)


def _of_form(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError
    return text


def _own(text: str) -> Any:
    """A value of a column of a method's own: what its text looks like; not a number if empty."""
    if text in ("True", "False"):
        return text == "True"
    if INTEGER.fullmatch(text):
        return int(text)
    try:
        return float(text or "nan")
    except ValueError:
        return text


_OF_KIND = {bool: _boolean, int: _integer, float: _number, str: _name}
_PARSERS = {column: _OF_KIND[kind] for column, kind in Row.__annotations__.items()} | {
    **dict.fromkeys([column for column in COLUMNS if "loss" in column], _loss),
    **dict.fromkeys(["data_digest", "checkpoint_sha256"], _digest),
}


def _check_identity(rows: list[Row], path: Path) -> None:
    """Refused unless the rows are those of a record's name and of the mistakes beside it."""
    name = NAME.fullmatch(path.name)
    if name is None or not rows:
        raise Refused(f"{path}: no record of ours; {REMEDY}")
    seed, key = int(name[1]), name[2]
    if any((row["seed"], row["key"]) != (seed, key) for row in rows):
        raise Refused(f"{path}: seed or key inside is not {seed}, {key}; {REMEDY}")
    if sorted(mistakes.read(path)) != sorted(row["budget"] for row in rows):
        raise Refused(f"{mistakes.path_of(path)}: has other budgets than its record; {REMEDY}")
