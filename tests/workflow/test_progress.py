"""Snakemake's log by our plugin: one line of progress, errors in full, all of it when asked for."""

import io
import logging
from types import SimpleNamespace

import pytest
import yaml
from helpers.project import ROOT
from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from snakemake_logger_plugin_brainside import handler
from snakemake_logger_plugin_brainside.run import Run

SETTINGS = {"dryrun": False, "printshellcmds": False, "verbose": False, "stdout": False,
            "nocolor": True}  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def record(message: str = "", level: int = logging.INFO, **said) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "levelno": level, **said})


def started(job: int, rule: str = "sweep", **wildcards: str) -> logging.LogRecord:
    said = {"jobid": job, "rule_name": rule, "wildcards": wildcards, "rule_msg": None,
            "local": False, "is_checkpoint": False, "input": [], "output": ["made.csv"], "log": [],
            "benchmark": None, "reason": "", "priority": 0, "threads": 1,
            "resources": {}}  # fmt: skip
    return record(event=LogEvent.JOB_INFO, **said)


def finished(job: int) -> logging.LogRecord:
    return record(f"Finished jobid: {job}", event=LogEvent.JOB_FINISHED, job_id=job)


def failed(job: int) -> logging.LogRecord:
    return record("Error in rule", logging.ERROR, event=LogEvent.JOB_ERROR, jobid=job, msg=None,
                  rule_name="sweep", input=[], output=[], log=[], conda_env=None, shellcmd="false",
                  aux={})  # fmt: skip


def counted(total: int) -> logging.LogRecord:
    return record("Job stats:", event=LogEvent.RUN_INFO, stats={"sweep": total, "total": total})


@pytest.fixture
def run() -> Run:
    """Three jobs on two cores, of a minute, two, and half a minute."""
    made = Run()
    made.note(counted(3), 0)
    made.note(record(planned={1: 60.0, 2: 120.0, 3: 30.0}, cores=2), 0)
    return made


def test_time_is_left_by_the_plan_and_by_what_no_core_can_shorten(run):
    assert run.words(0) == "0 of 3 jobs, about 2 min left"
    assert run.left(0) == 120.0
    run.cores = 1
    assert run.left(0) == 210.0


def test_what_runs_is_named_and_has_less_time_left(run):
    run.note(started(2, task="mnist/mlp1000", method="obd", seed="0", key="01234567"), 0)
    assert run.words(80) == "0 of 3 jobs, about 65 s left: sweep mnist/mlp1000 obd 0"


def test_jobs_that_are_done_set_the_pace_of_the_others(run):
    run.note(started(1), 0)
    run.note(finished(1), 180)  # and a minute at the plan's pace: twice the plan
    assert run.left(180) == 240.0
    assert run.words(180).startswith("1 of 3 jobs")


def test_a_job_that_failed_does_not_run_and_is_still_to_be_done(run):
    run.note(started(1), 0)
    run.note(failed(1), 10)
    assert run.words(10) == "0 of 3 jobs, about 2 min left"


def test_without_a_plan_jobs_are_counted():
    run = Run()
    run.note(counted(2), 0)
    run.note(started(1, "numbers", study="quick"), 0)
    assert run.words(0) == "0 of 2 jobs: numbers"


@pytest.fixture
def log(monkeypatch):
    """The handler as Snakemake makes it, that writes to a stream."""

    def made(stream: io.StringIO, **settings: bool) -> logging.Handler:
        monkeypatch.setattr("sys.stderr", stream)
        log = handler.LogHandler(SimpleNamespace(**SETTINGS | settings), None)
        log.setFormatter(DefaultFormatter())
        return log

    return made


def test_in_a_file_a_line_is_printed_now_and_then_and_errors_at_once(log, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(handler.time, "monotonic", lambda: now[0])
    file = io.StringIO()
    printing = log(file)
    submitted = record("Job 1 has been submitted with SLURM jobid 7 (log: there).")
    selected = record("Select jobs to execute...")
    for each in (counted(3), started(1), submitted, selected, started(2)):
        printing.handle(each)
    assert file.getvalue() == "0 of 3 jobs: sweep\n"
    now[0] = handler.SECONDS
    printing.handle(finished(1))
    printing.handle(failed(2))
    assert file.getvalue().splitlines()[1] == "1 of 3 jobs: sweep"
    assert "Error in rule sweep:\n    jobid: 2" in file.getvalue()


def test_on_a_terminal_the_line_is_drawn_and_erased(log):
    terminal = Terminal()
    printing = log(terminal)
    for each in (counted(2), started(1)):
        printing.handle(each)
    printing.handle(record("something odd", logging.WARNING))
    drawn, _, after = terminal.getvalue().partition("something odd\n")
    assert "0 of 2 jobs: sweep" in drawn and drawn.endswith("\x1b[2K")  # which erases it
    printing.handle(finished(1))
    printing.handle(finished(2))
    printing.handle(record("Complete log(s): there"))
    assert terminal.getvalue().endswith("\x1b[2KComplete log(s): there\n")
    assert terminal.getvalue().count("\x1b[?25l") == terminal.getvalue().count(
        "\x1b[?25h"
    )  # cursor


def test_closed_in_the_middle_it_leaves_no_line_either(log):
    terminal = Terminal()
    printing = log(terminal)
    for each in (counted(2), started(1)):
        printing.handle(each)
    printing.close()
    assert terminal.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize("setting", ["dryrun", "printshellcmds", "verbose"])
def test_whoever_asks_for_more_gets_all_that_snakemake_prints(log, setting):
    terminal = Terminal()
    printing = log(terminal, **{setting: True})
    for each in (counted(2), started(1), finished(1)):
        printing.handle(each)
    assert "Job stats:" in terminal.getvalue() and "rule sweep:" in terminal.getvalue()
    assert "of 2 jobs" not in terminal.getvalue()


def test_snakemake_finds_it_and_the_default_profile_names_it():
    assert LoggerPluginRegistry().is_installed("brainside")
    profile = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text(encoding="utf-8"))
    assert profile["logger"] == ["brainside"]
