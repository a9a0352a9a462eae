"""The processor: its name, also where the system does not tell it, and what it makes."""

import json
import os
import platform
import subprocess
import sys

import pytest
import torch
from helpers.project import ROOT, artifacts, forget

from brainside.base.errors import Refused
from brainside.study import workflow
from brainside.training.machine import machine, prepare


def test_a_processor_is_named_by_its_maker_family_and_model(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text(
        "vendor_id\t: Maker\ncpu family\t: 6\nmodel\t\t: 85\n\nvendor_id\t: Other\n",
        encoding="utf-8",
    )
    assert machine(told).startswith(f"{platform.machine()} Maker 6 85 ")


def test_where_the_system_does_not_tell_it_the_name_says_so(tmp_path):
    assert machine(tmp_path / "nothing").startswith(f"{platform.machine()} ? ? ? ")


def made(sweep, **variables: str) -> dict[str, bytes]:
    """What the command for a sweep leaves, run with other variables of the environment."""
    command = [sys.executable, "-m", "brainside", "sweep", "config/quick", sweep.task,
               sweep.method, "--seed", "0", "--key", sweep.key]  # fmt: skip
    subprocess.run(command, env={**os.environ, **variables}, check=True)
    files = artifacts(sweep)
    forget(sweep)
    return files


def weights(files: dict[str, bytes]) -> tuple[bytes, ...]:
    """The checkpoints among a sweep's files."""
    return tuple(blob for path, blob in files.items() if "/checkpoints/" in path)


def kind(files: dict[str, bytes]) -> str:
    """The processor that made a sweep's files, by the file beside the record."""
    return next(json.loads(b)["machine"] for path, b in files.items() if path.endswith(".json"))


def test_variables_that_tune_libraries_do_not_change_a_record(project):
    sweep = project.sweep("reference", budgets=[1])
    tuned = {"MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"}
    assert made(sweep) == made(sweep, **tuned)


ALONE = {"ATEN_CPU_CAPABILITY": "avx2"}
LIBRARIES = {**ALONE, "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "AVX2"}


def test_the_documented_line_changes_more_than_what_it_replaces(project):
    line = "export BRAINSIDE_NUMERICS=portable"
    assert line in (ROOT / "docs/reproducibility.md").read_text(encoding="utf-8")
    name, value = line.removeprefix("export ").split("=")
    sweep = project.sweep("reference", budgets=[1])
    default = made(sweep)
    portable = made(sweep, **{name: value})
    assert portable == made(sweep, **{name: value, "MKL_CBWR": "AVX2", **ALONE})
    assert weights(portable) not in (weights(default), weights(made(sweep, **LIBRARIES)))
    assert kind(portable).split()[:-1] == kind(default).split()[:-1]
    assert kind(portable).split()[-1] == "portable" != kind(default).split()[-1]


def test_portable_numerics_are_those_of_the_table(monkeypatch):
    ask = "import os; from brainside.training.machine import *; prepare(); print(machine());"
    ask += "print(torch.backends.cpu.get_cpu_capability(), *(os.environ[n] for n in PORTABLE))"
    environment = {**os.environ, "BRAINSIDE_NUMERICS": "portable"}
    told = subprocess.run(
        [sys.executable, "-c", ask],
        env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    name, values = told.stdout.splitlines()
    assert name.endswith(" portable") and values == "AVX2 avx2 COMPATIBLE AVX2"


def test_other_numerics_are_refused_before_anything_is_planned(project, monkeypatch):
    monkeypatch.setenv("BRAINSIDE_NUMERICS", "fast")
    for ask in (prepare, lambda: workflow.checked_jobs([project.load()])):
        with pytest.raises(Refused, match="^BRAINSIDE_NUMERICS is 'fast'; write portable, or"):
            ask()


def test_portable_numerics_are_refused_where_a_processor_does_not_have_them(monkeypatch):
    monkeypatch.setenv("BRAINSIDE_NUMERICS", "portable")
    monkeypatch.setattr(torch.cpu, "_is_avx2_supported", lambda: False)
    with pytest.raises(Refused, match="BRAINSIDE_NUMERICS=portable needs a processor with AVX2"):
        prepare()
