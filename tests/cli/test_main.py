"""The command as a shell uses it."""

import subprocess
import sys

from helpers.project import ROOT

COMMAND = [sys.executable, "-m", "brainside.cli.main"]


def test_a_reader_that_stops_early_sees_no_error():
    plan = subprocess.Popen(
        [*COMMAND, "plan", "config/paper"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    plan.stdout.close()
    assert plan.stderr.read() == ""
    assert plan.wait() == 1


def test_bad_input_is_one_line_and_a_status(tmp_path):
    refused = subprocess.run(
        [*COMMAND, "plan", "config/nothing"], cwd=ROOT, capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert refused.stderr == (
        "brainside plan: config/nothing: no such study; one is a folder with a study.yaml\n"
    )
