"""The tutorial, and how a dataset is added, followed literally."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from helpers.project import ROOT

PAGE = ROOT / "docs/tutorial.md"


def steps() -> list[tuple[str, str, str]]:
    """Each block of code with its language, and the file that the text before it names last."""
    blocks = re.split(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [
        (language, (re.findall(r"`(config/tiny/\S+?|config/claims/\S+?)`", text) or [""])[-1], code)
        for text, language, code in zip(blocks[::3], blocks[1::3], blocks[2::3], strict=False)
    ]


def run(command: str, folder: Path) -> str:
    """What a command of the tutorial prints, in the clone, with another folder than its own."""
    done = subprocess.run(
        ["bash", "-ec", command.replace("/tmp/idea", str(folder))], cwd=ROOT, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, encoding="utf-8"
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def write(folder: Path, name: str, text: str) -> None:
    """Add to the tasks, and write any other file anew."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.name == "tasks.yaml" else ""
    path.write_text(before + text, encoding="utf-8")


@pytest.mark.slow
def test_the_tutorial_as_it_stands_gives_a_figure_and_a_verdict(tmp_path):
    folder = tmp_path / "idea"
    printed = {}
    for language, name, code in steps():
        if language == "yaml":
            write(folder, name, code)
            continue
        for line in code.splitlines():
            printed[line.split("; ")[-1].rstrip(")")] = run(line, folder)
    assert "2/8" in printed["brainside plan config/tiny"].splitlines()[1]
    assert (folder / "results/figures/tiny/depth.png").exists()
    claims = pd.read_csv(folder / "results/tables/tiny/claims.csv")
    assert list(claims["id"]) == ["magnitude-matters"]
    verdict = printed["brainside trace claims/magnitude-matters/verdict"]
    assert claims["verdict"][0] in verdict and "random-prune" in verdict


def test_the_tutorial_names_a_file_for_every_block_of_config():
    files = [name for language, name, _ in steps() if language == "yaml"]
    assert len(files) == len(set(files)) == 5 and all(files)


# Where a block goes that is not the end of its file: below or above a line.
BELOW = {"config/datasets.yaml": "datasets:\n"}
ABOVE = {"config/quick/experiments/smoke.yaml": "\nfigures:\n"}


def followed(folder: Path, name: str, code: str) -> None:
    """Put a block into the file of a clone where the text says."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    below, above = BELOW.get(name, ""), ABOVE.get(name, "")
    if below or above:
        assert text.count(below or above) == 1
        path.write_text(text.replace(below or above, f"{below}{code}{above}"), encoding="utf-8")
    else:
        path.write_text(f"{text}\n\n{code}", encoding="utf-8")


@pytest.mark.slow
def test_a_dataset_is_added_as_it_is_told(tmp_path):
    for name in ("src", "config", "workflow"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True)
    page = (ROOT / "docs/methods.md").read_text(encoding="utf-8")
    section = page.partition("### An example, step by step")[2].partition("\n## ")[0]
    blocks = re.split(r"```(\w+)\n(.*?)```", section, flags=re.DOTALL)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    printed = []
    for text, language, code in zip(blocks[::3], blocks[1::3], blocks[2::3], strict=False):
        named = re.findall(r"\]\(\.\./((?:src|config)/\S+)\)", text)
        if named:
            followed(tmp_path, named[-1], code)
            continue
        command = ["bash", "-c"] if language == "sh" else [sys.executable, "-c"]
        for part in code.splitlines() if language == "sh" else [code]:
            done = subprocess.run([*command, part], cwd=tmp_path, env=environment, text=True,
                                  capture_output=True, encoding="utf-8")  # fmt: skip
            printed.append((done.returncode, done.stdout + done.stderr))
            if digest := re.findall(r"not the pinned dataset \(digest (\w+)", printed[-1][1]):
                path = tmp_path / "config/datasets.yaml"
                path.write_text(
                    path.read_text(encoding="utf-8").replace("0" * 64, digest[0]), encoding="utf-8"
                )
    statuses = [status for status, _ in printed]
    assert statuses == [0, 2, 0, 0, 0], printed  # the second tells the digest
    records = [*tmp_path.glob("results/runs/quick/stripes/mlp8/*/seed=0.*.csv")]
    assert {path.parent.name for path in records} == {"reference", "magnitude"}
    catalogue = yaml.safe_load((tmp_path / "config/datasets.yaml").read_text(encoding="utf-8"))
    assert pd.read_csv(records[0])["data_digest"][0] == catalogue["datasets"]["stripes"]["digest"]
