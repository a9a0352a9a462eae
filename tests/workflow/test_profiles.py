"""Profiles for clusters: their options are Snakemake's or the plugin's, and they plan the workflow.

Executor plugins need not be installed: what only they know is left out of the dry runs.
"""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from helpers.project import ROOT
from snakemake.cli import get_argument_parser

from brainside.study import needs, study
from brainside.study.expansion import Part

PROFILES = sorted(path.parent.name for path in ROOT.glob("profiles/*/config.yaml"))
CLUSTERS = [name for name in PROFILES if name != "default"]
PLUGINS = {"slurm": "slurm", "kubernetes": "kubernetes", "aws-batch": "aws_batch",
           "googlebatch": "googlebatch"}  # fmt: skip
# Settings of clouds that mean nothing without their plugins.
REMOTE = ("executor", "default-storage-provider", "default-storage-prefix", "container-image")


def settings(profile: str) -> dict:
    return yaml.safe_load((ROOT / f"profiles/{profile}/config.yaml").read_text())


def options() -> set[str]:
    """The names of Snakemake's options, those of installed plugins too."""
    actions = get_argument_parser()._actions
    return {name.removeprefix("--") for action in actions for name in action.option_strings}


def installed(executor: str) -> bool:
    return find_spec(f"snakemake_executor_plugin_{PLUGINS[executor]}") is not None


def test_there_are_profiles_for_four_kinds_of_cluster():
    assert CLUSTERS == ["aws-batch", "google-batch", "kubernetes", "slurm"]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_setting_is_an_option(profile):
    executor = settings(profile).get("executor")
    unknown = {name for name in settings(profile) if name not in options()}
    if executor and not installed(executor):
        unknown = {name for name in unknown if not name.startswith(f"{executor}-")}
    assert not unknown


@pytest.mark.parametrize("profile", CLUSTERS)
def test_what_every_cluster_needs_is_said(profile):
    said = settings(profile)
    assert said["executor"] in PLUGINS and said["retries"] >= 1 and said["keep-going"]
    names = {item.split("=")[0] for item in said["default-resources"]}
    assert {"mem_mb", "runtime"} <= names
    assert said["cores"] == 1  # a group's jobs one after another, on one processor
    header = (ROOT / f"profiles/{profile}/config.yaml").read_text().partition("executor:")[0]
    plugin, extra = f"snakemake-executor-plugin-{said['executor']}==", f"'.[{said['executor']}]'"
    assert plugin in header or extra in header


def dry_run(profile: Path, *arguments: str) -> str:
    """What a dry run prints with a profile."""
    done = subprocess.run(
        ["snakemake", "--profile", str(profile), "-n", "--nolock", *arguments], cwd=ROOT, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def resources(printed: str, rule: str) -> list[dict[str, str]]:
    """The resources of each job of a rule."""
    blocks = [block for block in printed.split("\n[") if f"]\nrule {rule}:" in block]
    lines = [line for b in blocks for line in b.splitlines() if line.startswith("    resources: ")]
    pairs = [line.partition(": ")[2].split(", ") for line in lines]
    return [dict(pair.split("=", 1) for pair in of_job) for of_job in pairs]


@pytest.mark.slow
@pytest.mark.parametrize("profile", CLUSTERS)
def test_a_profile_plans_and_jobs_ask_for_what_their_like_took(profile, tmp_path, monkeypatch):
    said = settings(profile)
    known = {name: value for name, value in said.items()
             if name not in REMOTE and not name.startswith(f"{said['executor']}-")}  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(known))
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper", Part("mnist/lenet5", 0))
    sweep = paper.find("mnist/lenet5", "reference", 0)
    printed = dry_run(tmp_path, "--force", "--", str(sweep.path))
    wanted = needs.cost(sweep, paper, needs.read_costs())
    (asked,) = resources(printed, "sweep")
    assert int(asked["mem_mb"]) == needs.megabytes(wanted)
    assert int(asked["runtime"]) == needs.minutes(wanted)


@pytest.mark.slow
@pytest.mark.skipif(not installed("slurm"), reason="the executor's plugin is not installed")
def test_the_slurm_profile_as_it_is_plans_the_quick_study():
    printed = dry_run(ROOT / "profiles/slurm", "quick_study")
    assert "This was a dry-run" in printed or "Nothing to be done" in printed  # after a study


def dockerfile() -> list[list[str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines()]
    return [words for words in lines if words and not words[0].startswith("#")]


def test_the_image_is_of_the_locked_python_and_packages_and_of_no_root():
    lines = dockerfile()
    stages = [words[-1] for words in lines if words[0] == "FROM"]
    assert stages == ["build", "base", "report", "study"]  # the last one is the default
    images = {words[1] for words in lines if words[0] == "FROM"} - set(stages)
    assert images == {"python:3.11-slim-bookworm"}
    (install,) = [words for words in lines if "install" in words and "-e" in words]
    assert "constraints.txt" in install
    assert [words[1] for words in lines if words[0] == "USER"] == ["brainside", "brainside"]


def test_what_the_image_copies_is_there_and_the_venv_is_not_among_it():
    copied = [words[1:-1] for words in dockerfile() if words[0] == "COPY"]
    plain = [name for names in copied for name in names if not name.startswith(("--", "/opt"))]
    assert plain and all((ROOT / name).exists() for name in plain)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".venv", ".git", ".snakemake", "data"} <= set(ignored)
