"""A number of the report: its address, its text, and where it comes from.

Numbers are made once, by `report/tex`; `numbers.tex` and `numbers.csv` are two ways of writing the
same list. Nothing here imports pandas, so that `brainside trace` answers at once.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from brainside.base import paths
from brainside.base.errors import Refused

Kind = Literal[
    "measure",  # a column of the records, mean over the seeds of a task, method and budget
    "comparison",  # the test error of such a cell against that of the method `against`
    "layer",  # a column of the plot data by layer, for the published table `entry`
    "coding",  # the smallest file within a limit that a family of codecs, `entry`, makes of a cell
    "file",  # the files of a cell that one codec makes with one setting, both in `entry`
    "smallest",  # the smallest file within an error, of any method and codec, by `entry`
    "codecs",  # bytes of the codec `entry` over those of the codec `against`, at equal error
    "search",  # what a search chose for the setting `column`
    "trials",  # a search's trials against those of the method `against`
    "order",  # methods in the order of the published table `entry`
    "verdicts",  # the claims by their verdict, of the paper `entry` or of all
    "claim",  # the claim `entry`
    "task",  # an entry of the config
    "method",  # an entry of the config
    "figure",  # the entry of the config of the figure `entry`
    "study",  # the study as a whole
]


@dataclass(frozen=True)
class Origin:
    """What a number is made of; a field that its kind has no use for is empty.

    `table` names the file of results/tables/<study>/ whose row has the number, and `column` the
    column of it.
    """

    kind: Kind
    task: str = ""
    method: str = ""
    budget: float | None = None
    against: str = ""
    table: str = ""
    column: str = ""
    entry: str = ""


@dataclass(frozen=True)
class Number:
    """A number of the report: `text` is TeX, `address` is its name in `\\result{address}`."""

    address: str
    text: str
    origin: Origin


COLUMNS = ["address", "text", *(field.name for field in fields(Origin))]


def of_file(task: str, method: str, budget: str, file: str) -> str:
    """The address of the mean test error of a coded cell, by the codec and setting of its files."""
    return f"{task}/{method}/{budget}/{file}/test-error"


def file(study: str) -> Path:
    """The table of a study's numbers."""
    return paths.filled(paths.TABLE, study=study, table="numbers")


def table(numbers: Iterable[Number]) -> str:
    """The numbers as a CSV, one line per number, in the order given."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for number in numbers:
        writer.writerow({"address": number.address, "text": number.text, **vars(number.origin)})
    return text.getvalue()


def read(path: Path) -> dict[str, tuple[int, Number]]:
    """Line and number by address; nothing if there is no such file, Refused if it is damaged."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        try:
            return {row["address"]: (reader.line_num, _number(row)) for row in reader}
        except (KeyError, TypeError, ValueError) as error:
            remedy = "`brainside numbers` makes it again"
            raise Refused(f"{path}:{reader.line_num}: not a number ({error}); {remedy}") from None


def _number(row: dict[str, str]) -> Number:
    if row["kind"] not in get_args(Kind):
        raise ValueError(f"unknown kind {row['kind']!r}")
    address, text, budget = row.pop("address"), row.pop("text"), row.pop("budget")
    return Number(address, text, Origin(**row, budget=float(budget) if budget else None))  # type: ignore[arg-type]
