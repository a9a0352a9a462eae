"""Locks: Snakemake's is cleared after a crash, and a job that is running is waited for."""

import contextlib
import errno
import os
import subprocess
import sys

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.jobs import search as search_job
from brainside.jobs import sweep as sweep_job
from brainside.study import locks

HOLDS = """
import sys
from pathlib import Path
from brainside.study.locks import clear_stale_lock
lock = clear_stale_lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    """A .snakemake folder with a lock file that a crash left, and another file."""
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    for name in ("0.input.lock", "0.output.lock", "notes.txt"):
        (tmp_path / ".snakemake/locks" / name).write_text("kept", encoding="utf-8")
    return tmp_path / ".snakemake"


@pytest.fixture
def another(folder):
    """Another process of this workflow, which lives and holds its lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)], text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def left(folder) -> set[str]:
    return {path.name for path in (folder / "locks").iterdir()}


def test_a_lock_that_a_crash_left_is_cleared_and_nothing_else(folder):
    locks.clear_stale_lock(folder).close()
    assert left(folder) == {"notes.txt"}


def test_the_lock_of_a_living_process_is_kept(folder, another):
    (folder / "locks/0.input.lock").write_text("of the other one", encoding="utf-8")
    locks.clear_stale_lock(folder).close()
    assert left(folder) == {"0.input.lock", "notes.txt"}


def test_the_lock_of_a_process_killed_without_warning_is_cleared(folder, another):
    (folder / "locks/0.input.lock").write_text("of the other one", encoding="utf-8")
    another.kill()
    another.wait()
    locks.clear_stale_lock(folder).close()
    assert left(folder) == {"notes.txt"}


def test_several_living_processes_share_and_the_last_one_counts(folder, another):
    with locks.clear_stale_lock(folder):  # beside the other one
        (folder / "locks/0.input.lock").write_text("of this one", encoding="utf-8")
        another.kill()
        another.wait()
        with locks.clear_stale_lock(folder):  # this process still lives, through its first file
            assert "0.input.lock" in left(folder)


def test_a_folder_that_is_not_there_yet_is_made(tmp_path):
    locks.clear_stale_lock(tmp_path / ".snakemake").close()
    assert (tmp_path / ".snakemake/brainside.lock").exists()


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_on_a_file_system_without_flock_nothing_is_cleared_and_the_workflow_goes_on(folder, code):
    def flock(*_):
        raise OSError(code, "no flock here")

    locks.clear_stale_lock(folder, flock).close()
    assert left(folder) == {"0.input.lock", "0.output.lock", "notes.txt"}


def test_any_other_error_is_told(folder):
    def flock(*_):
        raise OSError(errno.EIO, "the disk is broken")

    with pytest.raises(OSError, match="the disk is broken"):
        locks.clear_stale_lock(folder, flock)


@pytest.mark.parametrize("garbage", ["brainside.lock", "locks/1.lock"])
def test_a_folder_in_the_place_of_a_lock_is_refused(folder, garbage):
    (folder / garbage).mkdir()
    with pytest.raises(Refused, match=f"{garbage}.*delete"):
        locks.clear_stale_lock(folder)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / ".snakemake").write_bytes(b"\xff")
    with pytest.raises(Refused, match="delete"):
        locks.clear_stale_lock(tmp_path / ".snakemake")


@pytest.mark.parametrize("command, method", [("sweep", "magnitude"), ("search", "small-conv")])
def test_a_job_that_was_left_running_is_waited_for_and_its_files_are_taken(
    project, command, method
):
    sweep = project.sweep(method)
    project.inputs(sweep)
    job, run = (sweep, sweep_job.run) if command == "sweep" else (sweep.search, search_job.run)
    job.path.unlink(missing_ok=True)
    asked = [sys.executable, "-m", "brainside", command, "config/quick", job.task, method]
    with locks.alone(job.key) as waited:  # as the one whose Snakemake was killed
        again = subprocess.Popen(
            [*asked, *(["--seed", "0"] if command == "sweep" else [])], text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )  # fmt: skip
        assert again.stderr.readline() == "another process is at the same job: waiting for it\n"
        run(job)
        made = job.path.read_bytes()
    _, said = again.communicate()
    assert not waited and again.returncode == 0
    assert job.path.read_bytes() == made and "epoch" not in said  # nothing was trained again


def test_jobs_of_other_keys_wait_for_nothing_and_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "from brainside.study.locks import alone\nwith alone('fedcba98'): pass"
    with locks.alone("01234567"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8"
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.rglob("*")] == [".brainside", "lock"]


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EIO])
def test_without_locks_jobs_run_all_the_same(tmp_path, monkeypatch, error):
    def fails(*_):
        raise OSError(error, "no")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(locks.fcntl, "lockf", fails)
    with pytest.raises(OSError) if error == errno.EIO else contextlib.nullcontext():
        with locks.alone("01234567") as waited:
            assert not waited
