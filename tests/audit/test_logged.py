"""The log of retrained sweeps: rows that no retraining can have written are found."""

import csv

import pytest
from helpers.archive import Pretended
from helpers.tampering import findings, named

from brainside.audit import logged, spotcheck
from brainside.base import paths


def write_log(rows) -> None:
    with paths.AUDIT_LOG.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, spotcheck.COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def retrain(whole, sample, seed) -> None:
    list(spotcheck.check(whole, sample, str(seed), 1, Pretended()))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("date", "2099-99-99"), ("date", "20260101"), ("date", "yesterday"), ("difference", "nan"),
        ("difference", "-5"), ("difference", "0.3"), ("difference", "inf"), ("difference", "none"),
        ("records", "abc"), ("records", "3"), ("archive", "zzzz"), ("code", ""),
        ("retrained_on", ""), ("made_on", " "), ("draw", "mine"), ("draw", "9" * 5000),
        ("record_sha256", "5"),
    ],
)  # fmt: skip
def test_a_column_that_no_retraining_writes_is_found_and_nothing_is_proven(complete, column, value):
    assert logged.proven(complete).startswith("retrained: 0 of 2 mismatched")
    rows = spotcheck.read_log()
    rows[1][column] = value
    write_log(rows)
    assert any(line.startswith(f"{paths.AUDIT_LOG}:3: ") for line in findings(complete))
    assert "proves nothing" in logged.proven(complete)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_that_a_seed_does_not_draw_are_found(complete, seed):
    _, *later = spotcheck.drawn(spotcheck.population(complete), 99, seed)
    retrain(complete, later, seed)
    lines = [line for line in findings(complete) if named(paths.AUDIT_LOG, [line])]
    assert len(lines) == 1 and f"--seed {seed}" in lines[0]


@pytest.mark.parametrize("seed", range(5))
def test_what_a_seed_draws_is_believed_in_any_number_for_any_minutes_and_half_done(complete, seed):
    there = spotcheck.population(complete)
    retrain(complete, spotcheck.affordable(complete, 0.1, seed), seed)
    retrain(complete, spotcheck.drawn(there, 3, seed + 10)[:2], seed + 10)
    retrain(complete, spotcheck.drawn(there, 3, seed + 20), seed + 20)
    retrain(complete, there, seed + 30)
    assert list(logged.log(complete)) == []
