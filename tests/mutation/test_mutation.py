"""Mutants: how they are made and tried, and that the committed table has the score it must have."""

import csv
import subprocess
import sys

import pytest
from helpers.project import ROOT
from mutation.targets import TARGETS

TABLE = ROOT / "results/tables/mutants.csv"


def test_the_table_has_every_module_and_no_score_below_nine_tenths():
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
    assert [row["module"] for row in rows] == list(TARGETS)
    assert all((ROOT / "src/brainside" / module).exists() for module in TARGETS)
    assert all((ROOT / test).exists() for tests in TARGETS.values() for test in tests)
    assert all(float(row["score"]) >= 0.9 for row in rows if row["score"])
    for row in rows:
        tried, killed, listed = (int(row[name]) for name in ("tried", "killed", "listed"))
        assert killed + listed <= tried <= int(row["mutants"])


def test_mutants_differ_from_the_source_in_the_line_that_is_listed():
    pytest.importorskip("cosmic_ray")
    from mutation.mutants import mutants, mutated, text

    source = "def f(a, b):\n    if a < b and not a:\n        return [True, 2]\n    return a - b\n"
    found = {text(each, source): mutated(each, source) for each in mutants("x.py", source)}
    assert "ReplaceComparisonOperator_Lt_LtE: if a <= b and not a:" in found
    assert "ReplaceAndWithOr: if a < b or not a:" in found
    assert "ReplaceTrueWithFalse: return [False, 2]" in found
    assert "ReplaceBinaryOperator_Sub_Add: return a + b" in found
    assert {"NumberReplacer: return [True, 3]", "NumberReplacer: return [True, 1]"} <= found.keys()
    assert all(changed != source for changed in found.values())
    assert mutants("x.py", source) == mutants("x.py", source) != mutants("y.py", source)


@pytest.mark.slow
def test_the_first_mutants_of_what_judges_are_noticed(tmp_path):
    pytest.importorskip("cosmic_ray")
    chosen = ("analysis/verdicts.py", "analysis/checks.py", "methods/shared/curvature.py")
    table = tmp_path / "mutants.csv"
    command = [sys.executable, "tests/mutation/run.py", "--each", "2", "--table", table, *chosen]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    rows = {
        row["module"]: row for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    }
    assert done.returncode == 0, done.stdout + done.stderr
    for module in chosen:
        tried, killed, listed = (int(rows[module][name]) for name in ("tried", "killed", "listed"))
        assert tried >= 2 and killed + listed == tried, done.stdout
