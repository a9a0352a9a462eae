"""The command as a shell uses it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside import __version__
from brainside.base.installation import from_root

COMMAND = [sys.executable, "-m", "brainside"]


def run(
    *arguments: str, folder: Path = ROOT, encoding: str | None = None, **environment: str
) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, encoding=encoding,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )  # fmt: skip


@pytest.mark.parametrize("words", [("plan", "config/paper"), ("--completion", "bash")])
def test_a_reader_that_stops_early_sees_no_error(words):
    asked = subprocess.Popen(
        [*COMMAND, *words],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    asked.stdout.close()
    assert asked.stderr.read() == ""
    assert asked.wait() == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_what_it_prints_is_utf_8_whatever_the_locale_is(encoding):
    typed = run("audit", "--typed", PYTHONIOENCODING=encoding, encoding="utf-8")
    assert typed.returncode == 0 and typed.stderr == ""
    assert typed.stdout == (ROOT / "paper/typed_numbers.yaml").read_text(encoding="utf-8")
    refused = run("plan", "config/é", PYTHONIOENCODING=encoding, encoding="utf-8")
    assert refused.stderr.startswith("brainside plan: config/é: no such study")


@pytest.mark.parametrize("words", ["plan config/quick", "plan config/no"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_was_closed_is_no_error(words, closed):
    command = f"{sys.executable} -m brainside {words}"
    asked, whole = (
        subprocess.run(["bash", "-c", f"{command} {ending}"], cwd=ROOT, capture_output=True)
        for ending in (closed, "")
    )
    assert asked.returncode == whole.returncode
    assert b"Traceback" not in asked.stderr and b"NoneType" not in asked.stderr
    assert asked.stderr == (b"" if "2>" in closed else whole.stderr)


def test_bad_input_is_one_line_and_a_status():
    refused = run("plan", "config/nothing")
    assert refused.returncode == 2
    assert refused.stderr == (
        "brainside plan: config/nothing: no such study; one is a folder with a study.yaml\n"
    )


def test_it_tells_its_version():
    assert run("--version").stdout == f"brainside {__version__}\n"


def test_it_runs_without_docstrings():
    plan = run("plan", "config/quick", PYTHONOPTIMIZE="2")
    assert plan.returncode == 0 and plan.stdout == run("plan", "config/quick").stdout
    assert run("--help", PYTHONOPTIMIZE="2").returncode == 0


def test_in_a_folder_that_is_no_project_it_says_so_in_one_line(tmp_path):
    refused = run("plan", "config/quick", folder=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"brainside plan: no config/datasets.yaml in {tmp_path} or above it; "
        "run this in a clone of BraInside\n"
    )


@pytest.mark.parametrize("study", ["config/quick", "../config/quick", str(ROOT / "config/quick")])
def test_from_a_folder_below_it_does_what_it_does_in_the_root(study):
    at_root = run("plan", "config/quick")
    below = run("plan", study, folder=ROOT / "docs")
    assert below.returncode == 0 and below.stdout == at_root.stdout


def test_a_path_that_is_still_to_be_written_is_one_of_the_folder_that_it_was_given_in(tmp_path):
    below = tmp_path / "below"
    assert from_root(Path("new.ipynb"), below, tmp_path) == Path("below/new.ipynb")
    assert from_root(Path("new.ipynb"), tmp_path, tmp_path) == Path("new.ipynb")


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_a_shell_completes_commands():
    script = run("--completion", "bash").stdout
    asked = "COMP_WORDS=(brainside sco); COMP_CWORD=1; _shtab_brainside; echo ${COMPREPLY[@]}"
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{asked}"], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.stdout.split() == ["scoreboard"]
