"""Profiles for clusters: their options are Snakemake's or the plugin's, and they plan the workflow.

The dry runs take the files as they are, where the plugins are installed. Buckets are those of a
server on this machine, which has none of them: nothing is there yet.
"""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from helpers.bucket import served
from helpers.project import ROOT
from snakemake.cli import get_argument_parser

from brainside.study import needs, study
from brainside.study.expansion import Part

PROFILES = sorted(path.parent.name for path in ROOT.glob("profiles/*/config.yaml"))
CLUSTERS = [name for name in PROFILES if name != "default"]


def settings(profile: str) -> dict:
    return yaml.safe_load((ROOT / f"profiles/{profile}/config.yaml").read_text(encoding="utf-8"))


def options() -> set[str]:
    """The names of Snakemake's options, those of installed plugins too."""
    actions = get_argument_parser()._actions
    return {name.removeprefix("--") for action in actions for name in action.option_strings}


def lacking(profile: str) -> list[str]:
    """The plugins of a profile that are not installed."""
    said = settings(profile)
    named = {"executor": said.get("executor"), "storage": said.get("default-storage-provider")}
    modules = [f"snakemake_{kind}_plugin_{name}" for kind, name in named.items() if name]
    return [name for name in modules if not find_spec(name.replace("-", "_"))]


def test_there_are_profiles_for_four_kinds_of_cluster():
    assert CLUSTERS == ["aws-batch", "google-batch", "kubernetes", "slurm"]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_setting_is_an_option(profile):
    said = settings(profile)
    unknown = said.keys() - options()
    if lacking(profile):
        of_plugins = (f"{said['executor']}-", "storage-")
        unknown = {name for name in unknown if not name.startswith(of_plugins)}
    assert not unknown


@pytest.mark.parametrize("profile", CLUSTERS)
def test_what_every_cluster_needs_is_said(profile):
    said = settings(profile)
    assert said["retries"] >= 1 and said["keep-going"]
    names = {item.split("=")[0] for item in said["default-resources"]}
    assert {"mem_mb", "runtime"} <= names
    assert said["cores"] == 1  # a group's jobs one after another, on one processor
    header = (
        (ROOT / f"profiles/{profile}/config.yaml")
        .read_text(encoding="utf-8")
        .partition("executor:")[0]
    )
    assert f"'.[{profile}]'" in header


def test_the_image_has_the_configs_where_the_clouds_jobs_look_for_them():
    assert ["WORKDIR", "/brainside"] in dockerfile() and "config" not in ignored_by_the_image()
    for profile in ("aws-batch", "google-batch", "kubernetes"):
        assert settings(profile)["precommand"] == "[ -e config ] || cp -r /brainside/config ."


def test_what_runs_on_other_machines_writes_where_it_is_told_and_all_else_runs_here():
    workflow = (ROOT / "workflow/Snakefile").read_text(encoding="utf-8").partition("localrules:")[2]
    local = set(re.findall(r"^    (\w+),$", workflow.partition("rule ")[0], re.MULTILINE))
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk")
    )
    shells = dict(re.findall(r"^rule (\w+):\n.*?\n    shell:\n(.*?)\n(?:\n|\Z)", text, re.M | re.S))
    told = {rule for rule, command in shells.items() if "OUTPUT" in command}
    assert told == {"dataset", "search", "sweep", "coding", "plotdata"}
    assert shells.keys() - local - told == {"audit"}  # whose output is what it prints
    # The one in the `else` of a branch, of many names.
    assert text.count("localrule: True") == 1


def dry_run(profile: str, *arguments: str) -> str:
    """What a dry run prints with a profile."""
    done = subprocess.run(
        ["snakemake", "--profile", f"profiles/{profile}", "-n", "--nolock", *arguments], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, text=True, capture_output=True,
        check=False, encoding="utf-8"
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def resources(printed: str, rule: str) -> list[dict[str, str]]:
    """The resources of each job of a rule."""
    blocks = [block for block in printed.split("\n[") if f"]\nrule {rule}:" in block]
    lines = [line for b in blocks for line in b.splitlines() if line.startswith("    resources: ")]
    pairs = [line.partition(": ")[2].split(", ") for line in lines]
    return [dict(pair.split("=", 1) for pair in of_job) for of_job in pairs]


@pytest.fixture(scope="module")
def clouds() -> Iterator[None]:
    """Amazon's buckets and Google's are on this machine."""
    pytest.importorskip("moto")
    pytest.importorskip("flask")
    with served() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("STORAGE_EMULATOR_HOST", address)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("profile", CLUSTERS)
def test_a_profile_as_it_is_plans_and_jobs_ask_for_what_their_like_took(
    profile, clouds, monkeypatch
):
    if absent := lacking(profile):
        pytest.skip(f"not installed: {', '.join(absent)}")
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper", Part("mnist/lenet5", 0))
    sweep = paper.find("mnist/lenet5", "reference", 0)
    printed = dry_run(profile, "--force", "--", str(sweep.path))
    wanted = needs.cost(sweep, paper, needs.read_costs())
    (asked,) = resources(printed, "sweep")
    assert int(asked["mem_mb"]) == needs.megabytes(wanted)
    assert int(asked["runtime"]) == needs.minutes(wanted)


@pytest.mark.slow
@pytest.mark.skipif(bool(lacking("slurm")), reason="the executor's plugin is not installed")
def test_the_slurm_profile_as_it_is_plans_the_quick_study():
    printed = dry_run("slurm", "quick_study")
    assert "This was a dry-run" in printed or "Nothing to be done" in printed  # after a study


def dockerfile() -> list[list[str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
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
    assert {".venv", ".git", ".snakemake", "data"} <= ignored_by_the_image()


def ignored_by_the_image() -> set[str]:
    return set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())


# In the place of `python -m venv FOLDER`: one that has the packages of this environment already.
FURNISHED = f"""\
export PIP_NO_INDEX=1
python() {{
    {sys.executable} -m venv --without-pip "$3"
    echo {sysconfig.get_path("purelib")} > "$(echo "$3"/lib/python*/site-packages)/here.pth"
    printf '#!/bin/sh\\nexec %s/bin/python -m pip "$@"\\n' "$3" > "$3/bin/pip"
    chmod +x "$3/bin/pip"
}}
"""


def build_stage(root: Path) -> str:
    """The first stage of the Dockerfile as a script, with another folder for `/`."""
    text = (
        (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").split("\nFROM ")[1]
    )
    script = [FURNISHED]
    for line in text.splitlines()[1:]:
        step, _, words = line.partition(" ")
        if step == "ARG":
            script.append(words)
        elif step == "RUN":
            script.append(words.replace("/opt/", f"{root}/opt/"))
        elif step == "WORKDIR":
            script.append(f"mkdir -p {root}{words}; cd {root}{words}")
        elif step == "COPY":
            *names, target = words.split()
            script += [f"mkdir -p {target}", *(f"cp -r {ROOT / name} {target}" for name in names)]
    return "\n".join(script)


@pytest.mark.slow
def test_the_images_environment_is_made_of_the_few_files_that_are_copied_before_it(tmp_path):
    done = subprocess.run(
        ["bash", "-euc", build_stage(tmp_path)],
        text=True,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (link,) = tmp_path.glob("opt/brainside/lib/python*/site-packages/__editable__.brainside-*.pth")
    assert link.read_text(encoding="utf-8").strip() == str(tmp_path / "brainside/src")
    assert (tmp_path / "opt/brainside/bin/brainside").exists()
