"""The workflow in another folder than a clone, as Snakemake's catalog of workflows wants it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from helpers.project import ROOT

SNAKEFILE = ROOT / "workflow/Snakefile"
MODULE = f"""\
configfile: "config/workflow.yaml"

module brainside:
    snakefile: "{SNAKEFILE}"
    config: config

use rule * from brainside
"""


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A folder that has the configs of the smallest study, and nothing else."""
    shutil.copytree(ROOT / ".test/config", tmp_path / "config")
    return tmp_path


def snakemake(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["snakemake", *arguments], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, encoding="utf-8"
    )  # fmt: skip


def planned(done: subprocess.CompletedProcess) -> dict[str, int]:
    """The number of jobs by rule, of a dry run."""
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (done.stdout + done.stderr).partition("Job stats:")[2].strip().splitlines()[2:]
    words = [line.split() for line in lines]
    return {pair[0]: int(pair[1]) for pair in words[: words.index([])]}


JOBS = {"dataset": 1, "sweep": 2, "tabulate": 1, "figures_tiny_pruning": 1, "numbers": 1, "all": 1,
        "total": 7}  # fmt: skip


def test_it_plans_in_the_folder_that_an_option_names(elsewhere):
    for snakefile in ("Snakefile", "workflow/Snakefile"):
        named = ("-s", snakefile, "--directory", str(elsewhere), "-n")
        assert planned(snakemake(*named, folder=ROOT)) == JOBS


def test_it_plans_as_a_module_of_another_workflow(elsewhere):
    (elsewhere / "workflow").mkdir()
    (elsewhere / "workflow/Snakefile").write_text(MODULE, encoding="utf-8")
    assert planned(snakemake("-n", folder=elsewhere)) == JOBS


def test_an_archived_study_is_refused_there_in_one_line(elsewhere):
    study = elsewhere / "config/tiny/study.yaml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("kind: live", "kind: archived"), encoding="utf-8"
    )
    refused = snakemake("-s", str(SNAKEFILE), "-n", folder=elsewhere)
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1] == (
        "snakemake: config/workflow.yaml: config/tiny is archived, and this folder has no archive; "
        "keep live studies only, or run this in a clone"
    )


@pytest.mark.slow
def test_it_trains_tabulates_and_draws_there_and_leaves_the_clone_alone(elsewhere):
    done = snakemake("-s", str(SNAKEFILE), "--cores", "2", folder=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (elsewhere / "results/tables/tiny/summary.csv").exists()
    assert (elsewhere / "results/figures/tiny/error_by_budget.png").exists()
    assert not (ROOT / "results/tables/tiny").exists()
    assert re.search(r"^0 of 7 jobs, about \d+ s left: dataset digits$", done.stderr, re.MULTILINE)
    assert "rule sweep:" not in done.stderr and len(done.stderr.splitlines()) < 15
    again = snakemake("-s", str(SNAKEFILE), "-n", folder=elsewhere)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_catalogs_files_are_there():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))[
        "usage"
    ]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert SNAKEFILE.exists() and (ROOT / "config/README.md").exists()
