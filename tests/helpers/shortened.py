"""A copy of the repository whose quick study trains little: few methods, one seed, two epochs."""

import os
import shutil
import subprocess
from pathlib import Path

from brainside.study.configs import read_study
from helpers.configs import write_study
from helpers.project import ROOT


def copied(folder: Path) -> Path:
    """A copy of what git has or would have, with the shorter study; nothing is run."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    for name in filter(None, names.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    edit(folder, shorten)
    return folder


def shorten(config: dict) -> None:
    config["tasks"]["digits/mlp100"]["recipe"]["epochs"] = 2
    config["tuning"]["trials"] = 2
    methods = ["small-dense", "small-conv", "magnitude"]
    config["codings"]["networks"][0]["methods"] = ["magnitude"]
    config["figures"] = {"weights": config["figures"]["weights"]} | {
        name: {**config["figures"][name], "methods": methods}
        for name in ("error_by_budget", "error_by_size")
    }
    config["experiments"] = [
        {"tasks": ["digits/mlp100"], "methods": methods, "budgets": ["1/4", "1/16"], "seeds": [0]}
    ]


def edit(project: Path, change) -> None:
    """Change the quick study's config."""
    config = read_study(project / "config/quick")
    change(config)
    write_study(project / "config/quick", config)


def environment(project: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project / "src")}


def snakemake(project: Path, *arguments: str) -> str:
    """What Snakemake prints; AssertionError when it fails."""
    done = subprocess.run(
        ["snakemake", *arguments], cwd=project, env=environment(project), text=True,
        capture_output=True, check=False, encoding="utf-8"
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def records(project: Path) -> dict[str, bytes]:
    """The records of a project's quick study, by name."""
    files = [path for path in project.glob("results/runs/quick/**/*") if path.is_file()]
    return {str(path.relative_to(project)): path.read_bytes() for path in files}
