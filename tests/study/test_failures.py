"""A run that failed says last which job was the first to, and whether it was killed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.study import failures

ERROR = """\
{0}Error in rule {1}:
{0}    message: None
{0}    jobid: {2}
{0}    output: results/{1}.csv, results/{1}.json
{0}    log: {1}.log (check log file(s) for error details)
"""
ENDED = "Command 'brainside sweep 2> {}.log' returned non-zero exit status {}.\n"


def said(*logged: str) -> str:
    Path("snakemake.log").write_text("".join(logged), encoding="utf-8")
    return failures.first("snakemake.log")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_first_one_that_did_not_succeed_later_is_named():
    again, gone = ERROR.format("", "search", 1), ERROR.format("", "sweep", 2)
    words = said(again, "Finished jobid: 1 (Rule: search)\n", gone, ERROR.format("", "coding", 3))
    assert words.startswith(
        "The first job to fail: rule sweep results/sweep.csv\nIts log: sweep.log"
    )
    assert said("Finished jobid: 1 (Rule: search)\n") == ""


@pytest.mark.parametrize("status, killed", [(137, True), (1, False)])
def test_its_exit_status_tells_that_it_was_killed(status, killed):
    Path("sweep.log").write_text("", encoding="utf-8")
    words = said(
        ENDED.format("search", 137), ENDED.format("sweep", status), ERROR.format("", "sweep", 2)
    )
    assert (failures.KILLED in words) == killed


@pytest.mark.parametrize("log, killed", [
    ("", True), ("digits/mlp20 reference seed 0: epoch 1/300, training loss 1.02\n", True),
    ("brainside sweep: key 01234567 is stale: config/tiny now gives 76543210\n", False),
    ("Traceback (most recent call last):\nZeroDivisionError\n", False),
])  # fmt: skip
def test_where_a_cluster_tells_no_status_a_log_without_a_reason_does(log, killed):
    Path("sweep.log").write_text(log, encoding="utf-8")
    assert (failures.KILLED in said(ERROR.format("    ", "sweep", 2))) == killed


@pytest.mark.slow
def test_a_killed_job_of_a_study_has_the_last_word(tmp_path):
    shutil.copytree(ROOT / ".test/config", tmp_path / "config")
    killed = tmp_path / "bin/brainside"
    killed.parent.mkdir()
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    killed.chmod(0o755)
    done = subprocess.run(
        ["snakemake", "-s", str(ROOT / "workflow/Snakefile"), "--cores", "1",
         "data/prepared/digits.npz"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"),
             "PATH": f"{killed.parent}:{os.environ['PATH']}"},
        text=True, capture_output=True, encoding="utf-8"
    )  # fmt: skip
    words = (
        "The first job to fail: rule dataset data/prepared/digits.npz\n"
        f"Its log: logs/dataset/digits.log ({failures.KILLED})\n"
    )
    assert done.returncode != 0 and words in done.stderr
