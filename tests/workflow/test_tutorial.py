"""The tutorial, followed literally."""

import os
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest
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
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def write(folder: Path, name: str, text: str) -> None:
    """Add to the tasks, and write any other file anew."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.name == "tasks.yaml" else ""
    path.write_text(before + text)


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
