"""`device: auto` is resolved once, by the main process; its jobs have the keys that it has."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.study import versions


@pytest.fixture
def gpu(tmp_path, monkeypatch) -> Path:
    """Where a driver's device would be on this machine; there is none yet."""
    monkeypatch.delenv(versions.DEVICE, raising=False)
    monkeypatch.setattr(versions, "GPU", tmp_path / "nvidia0")
    return versions.GPU


def test_it_is_that_of_this_machine_or_what_is_told(gpu, monkeypatch):
    assert versions.device_kind("auto") == "cpu"
    gpu.touch()
    assert versions.device_kind("auto") == "cuda" and versions.device_kind("cpu") == "cpu"
    monkeypatch.setenv(versions.DEVICE, "cpu")
    assert versions.device_kind("auto") == "cpu" and versions.device_kind("cuda") == "cuda"
    monkeypatch.setenv(versions.DEVICE, "tpu")
    with pytest.raises(Refused, match="BRAINSIDE_DEVICE=tpu: .* can be cpu or cuda"):
        versions.device_kind("auto")


def test_a_job_has_its_key_on_a_node_with_another_device(project, gpu, monkeypatch, capsys):
    project.config["device"] = "auto"
    sweep = project.sweep("reference")
    command = ["sweep", "config/quick", sweep.task, "reference", "--seed", "0", "--key", sweep.key]
    gpu.touch()  # as on the node
    with pytest.raises(SystemExit):
        main(command)
    assert f"key {sweep.key} is stale" in capsys.readouterr().err
    monkeypatch.setenv(versions.DEVICE, "cpu")  # as the main process, which has none, tells it
    main(command)
    assert sweep.path.exists()


@pytest.mark.parametrize("told, passed", [(None, versions.device_kind("auto")), ("cuda", "cuda")])
def test_the_workflow_tells_its_jobs_what_it_found_or_was_told(tmp_path, told, passed):
    shutil.copytree(ROOT / ".test/config", tmp_path / "config")
    job = tmp_path / "bin/brainside"
    job.parent.mkdir()
    job.write_text(f"#!/bin/sh\necho ${versions.DEVICE} > told\nexit 1\n", encoding="utf-8")
    job.chmod(0o755)
    variables = {
        **{name: value for name, value in os.environ.items() if name != versions.DEVICE},
        **({versions.DEVICE: told} if told else {}),
        "PYTHONPATH": str(ROOT / "src"), "PATH": f"{job.parent}:{os.environ['PATH']}",
    }  # fmt: skip
    subprocess.run(
        ["snakemake", "-s", str(ROOT / "workflow/Snakefile"), "--cores", "1",
         "data/prepared/digits.npz"], cwd=tmp_path, env=variables, capture_output=True,
    )  # fmt: skip
    assert (tmp_path / "told").read_text(encoding="utf-8") == f"{passed}\n"
