"""The processor: its name, also where the system does not tell it, and what it makes."""

import os
import platform
import subprocess
import sys

from helpers.project import artifacts, forget

from brainside.training.machine import machine


def test_a_processor_is_named_by_its_maker_family_and_model(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text(
        "vendor_id\t: Maker\ncpu family\t: 6\nmodel\t\t: 85\n\nvendor_id\t: Other\n",
        encoding="utf-8",
    )
    assert machine(told).startswith(f"{platform.machine()} Maker 6 85 ")


def test_where_the_system_does_not_tell_it_the_name_says_so(tmp_path):
    assert machine(tmp_path / "nothing").startswith(f"{platform.machine()} ? ? ? ")


def test_variables_that_tune_libraries_do_not_change_a_record(project):
    sweep = project.sweep("reference", budgets=[1])
    made = []
    for tuning in ({}, {"MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"}):
        command = [sys.executable, "-m", "brainside", "sweep", "config/quick", sweep.task,
                   sweep.method, "--seed", "0", "--key", sweep.key]  # fmt: skip
        subprocess.run(command, env={**os.environ, **tuning}, check=True)
        made.append(artifacts(sweep))
        forget(sweep)
    assert made[0] == made[1]
