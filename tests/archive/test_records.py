"""Records: what is written is read, and whatever else is in the file is refused in one line."""

import csv
import io
import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from brainside.archive import mistakes, records
from brainside.archive.frames import read_all
from brainside.base.errors import Refused

NAME = "seed=3.0123abcd.csv"
KINDS = records.Row.__annotations__
TEXT = [column for column, kind in KINDS.items() if kind is str]
bits = arrays_of.arrays(bool, st.integers(1, 70))


def row(budget: float = 0.25, **changes) -> dict:
    """A row with a value of the right kind in every column, and the test mistakes."""
    text = dict.fromkeys(TEXT, "0" * 8) | {"data_digest": "0" * 64}
    numbers = dict.fromkeys(set(records.COLUMNS) - set(TEXT), 1)
    errors = {name: 1 / 3 for name in records.COLUMNS if name.endswith(("error", "loss"))}
    return {**text, **numbers, **errors, "diverged": False, "collapsed": True, "budget": budget,
            "seed": 3, "key": "0123abcd", "checkpoint_sha256": "f" * 64,
            mistakes.COLUMN: "5:AA==", **changes}  # fmt: skip


@pytest.fixture
def record(tmp_path) -> Path:
    path = tmp_path / "deep" / NAME
    records.write([row(0.5, row_key="00000001"), row(1 / 3, row_key="12345678")], path)
    return path


def refused(path: Path) -> bool:
    with pytest.raises(Refused) as refusal:
        records.read(path)
    return str(path) in str(refusal.value) and len(str(refusal.value).splitlines()) == 1


def test_a_record_that_is_missing_is_to_be_made_and_not_to_be_deleted(tmp_path):
    with pytest.raises(Refused, match=f"{NAME}: .*make it again"):
        records.read(tmp_path / NAME)


@given(bits)
def test_mistakes_come_back_from_their_text(wrong):
    text = mistakes.pack(wrong)
    assert text.isascii() and not set(text) & set(" \n,")
    with TemporaryDirectory() as folder:
        record = Path(folder) / NAME
        mistakes.path_of(record).write_text(f"0.25 {text}\n", encoding="utf-8")
        assert np.array_equal(mistakes.read(record)[0.25], wrong)


def test_what_is_written_is_read_to_the_last_digit(record):
    first, second = records.read(record)
    written = row(1 / 3, row_key="12345678")
    assert second == {column: written[column] for column in records.COLUMNS}
    assert {column: type(value) for column, value in second.items()} == KINDS
    assert (first["budget"], first["row_key"]) == (0.5, "00000001")
    found = mistakes.read(record)
    assert list(found) == [0.5, 1 / 3] and found[0.5].tolist() == [False] * 5


def test_a_methods_own_columns_come_last_and_empty_where_it_has_none():
    (header, *rows) = csv.reader(
        io.StringIO(records.to_csv([row(zeta=1, alpha=2), row(alpha=3)]).decode())
    )
    assert header == [*records.COLUMNS, "alpha", "zeta"]
    assert [line[-2:] for line in rows] == [["2", "1"], ["3", ""]]


@pytest.mark.parametrize("changes", [{"seed": 4}, {"key": "0123abce"}], ids=str)
def test_a_record_whose_name_is_another_ones_is_refused(tmp_path, changes):
    for rows in ([row(**changes)], [row(), row(**changes)]):
        records.write(rows, tmp_path / NAME)
        assert refused(tmp_path / NAME)


@pytest.mark.parametrize("name", ["seed=3.csv", "seed=-3.0123abcd.csv", "3.0123abcd.csv",
                                  "seed=3.0123ABCD.csv"])  # fmt: skip
def test_a_file_with_another_kind_of_name_is_no_record(tmp_path, name):
    records.write([row()], tmp_path / name)
    assert refused(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\xff\x80" * 99, b"a,b\n1,2\n", b'"',
                                     b"budget\n1,2,3\n1\n"], ids=repr)  # fmt: skip
def test_garbage_is_refused(record, content):
    record.write_bytes(content)
    assert refused(record)


def test_a_missing_record_is_refused(tmp_path):
    assert refused(tmp_path / NAME)


@pytest.mark.parametrize("column", records.COLUMNS)
def test_a_record_without_one_of_the_columns_is_refused(record, column):
    lines = list(csv.DictReader(record.read_text(encoding="utf-8").splitlines()))
    with record.open("w", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [c for c in records.COLUMNS if c != column],
                                extrasaction="ignore")  # fmt: skip
        writer.writeheader()
        writer.writerows(lines)
    assert refused(record)


def accepted(read, path: Path, contents: list[bytes]) -> list[bytes]:
    """The contents of a file (the ends of them) that a reader does not refuse."""
    found = []
    for content in contents:
        path.write_bytes(content)
        try:
            read()
            found.append(content[-20:])
        except Refused:
            pass
    return found


def test_a_record_that_is_cut_off_within_a_row_is_refused(record):
    whole = record.read_bytes()
    second = whole.rindex(b"\n", 0, -1) + 1
    cuts = [whole[:cut] for cut in (*range(0, second, 50), *range(second + 1, len(whole) - 1, 9))]
    assert not accepted(lambda: records.read(record), record, cuts)


def test_a_record_that_lacks_a_whole_row_is_refused(record):
    lines = record.read_bytes().splitlines(keepends=True)
    assert not accepted(lambda: records.read(record), record, [lines[0] + lines[1]])


@pytest.mark.parametrize("value", ["abc", "", "1_0", " 1", "0x1", "١", "-nan"])
def test_a_number_that_is_none_is_refused(record, value):
    columns = [column for column in records.COLUMNS if column not in TEXT]
    lines = list(csv.DictReader(record.read_text(encoding="utf-8").splitlines()))
    changed = [records.to_csv([lines[0], {**lines[1], column: value}]) for column in columns]
    assert not accepted(lambda: records.read(record), record, changed)


def test_mistakes_that_are_cut_off_within_a_line_are_refused(record):
    path = mistakes.path_of(record)
    path.write_text("0.5 " + mistakes.pack(np.ones(99, bool)) + "\n", encoding="utf-8")
    whole = path.read_bytes()
    cuts = [whole[:cut] for cut in range(1, len(whole) - 1)]
    assert not accepted(lambda: mistakes.read(record), path, cuts)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"0.5\n", b"0.5 5:A\n", b"x 5:AA==\n",
                                     b"0.5 5AA==\n", b"0.5 :AA==\n", b"0.5 5:AA== 1\n",
                                     b"0.5 99:AA==\n", b"0.5 -1:AA==\n", None],
                         ids=repr)  # fmt: skip
def test_damaged_mistakes_are_refused(record, content):
    path = mistakes.path_of(record)
    path.write_bytes(content) if content is not None else path.unlink()
    with pytest.raises(Refused, match="mistakes"):
        mistakes.read(record)


def test_a_row_is_found_by_its_key_with_its_mistakes_or_not_at_all(record):
    found = records.find_row(record, "12345678")
    assert (float(found["budget"]), found[mistakes.COLUMN]) == (1 / 3, "5:AA==")
    assert records.find_row(record, "87654321") is None


def test_a_loss_may_be_no_number_and_an_error_may_not(record):
    lines = list(csv.DictReader(record.read_text(encoding="utf-8").splitlines()))
    for column in ("test_loss", "valid_loss_before"):
        record.write_bytes(records.to_csv([{**line, column: "nan"} for line in lines]))
        assert all(math.isnan(each[column]) for each in records.read(record))
    record.write_bytes(records.to_csv([{**line, "test_error": "nan"} for line in lines]))
    assert refused(record)


def test_a_methods_own_values_are_read_as_what_they_look_like(record):
    own = {"width": 50, "ratio": 1 / 3, "tied": True, "widths": "3-4", "code": "0b1", "none": ""}
    lines = list(csv.DictReader(record.read_text(encoding="utf-8").splitlines()))
    record.write_bytes(records.to_csv([{**line, **own} for line in lines]))
    found = records.read(record)[0]
    assert {name: found[name] for name in own if name != "none"} | {"none": ""} == own
    assert math.isnan(found["none"])


def test_no_records_make_an_empty_frame_with_every_column(record):
    assert list(read_all([]).columns) == list(records.COLUMNS)
    assert len(read_all([record, record])) == 4


def test_what_a_reader_does_with_its_rows_changes_none_for_others(record):
    records.read(record)[0]["test_error"] = 2.0
    assert records.read(record)[0]["test_error"] == 1 / 3


def test_a_record_that_changes_is_read_again(record):
    whole = record.read_bytes()
    assert len(records.read(record)) == 2
    record.write_bytes(whole.replace(b"00000001", b"00000002"))
    assert records.read(record)[0]["row_key"] == "00000002"
    record.write_bytes(whole[:-1])
    assert refused(record)
