"""What workflow, start-up and records add to a sweep."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml
from timing import seconds

from brainside.base.progress import Progress
from brainside.data.datasets import load
from brainside.networks import architectures
from brainside.study import study
from brainside.training import loop
from brainside.training.evaluation import evaluate

TASK, SEEDS = "mnist/mlp1000", [0, 1, 2, 3]


def measure() -> Iterator[tuple[str, list[float]]]:
    """Overhead a sweep over the mean processor time of archived sweeps.

    The mean, so that the figure is the share of all the time that the study takes.
    """
    paper = study.load("config/paper")
    paths = [sweep.cost for sweep in paper.sweeps]
    costs = pd.concat([pd.read_csv(path, sep="\t") for path in paths if path.exists()])
    share = [_overhead(paper) / costs["cpu_time"].mean() for _ in range(3)]
    yield "orchestration share of a paper-scale sweep", share


def _overhead(paper: study.Study) -> float:
    """Seconds a sweep of one epoch takes more through the workflow than as a bare loop.

    Snakemake starts once for all of the study's sweeps, so each has its share of that.
    """
    one, all_of_them = _through_workflow(paper, SEEDS[:1]), _through_workflow(paper, SEEDS)
    sweep = (all_of_them - one) / (len(SEEDS) - 1)
    return sweep + (one - sweep) / len(paper.sweeps) - seconds(lambda: _bare(paper))


def _through_workflow(paper: study.Study, seeds: list[int]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        there = _project(paper, Path(folder), seeds)
        command = ["snakemake", *_records(there), "--cores", "1", "--quiet", "all"]
        return seconds(lambda: subprocess.run(command, cwd=folder, check=True))


def _project(paper: study.Study, folder: Path, seeds: list[int]) -> Path:
    """A copy of the workflow whose paper study is the reference alone, for one epoch."""
    for name in ("Snakefile", "environment.yml", "workflow", "profiles", "config"):
        copy = shutil.copytree if Path(name).is_dir() else shutil.copy
        copy(name, folder / name)
    (folder / "data").mkdir()
    os.symlink(Path("data/prepared").resolve(), folder / "data/prepared")
    config = folder / "config/paper"
    for path in [*config.glob("methods/*"), *config.glob("experiments/*")]:
        path.unlink()
    method = {"title": "reference", "function": "reference.sweep", "recipe": {"epochs": 1}}
    entry = {"tasks": [TASK], "methods": ["reference"], "budgets": [1], "seeds": seeds}
    head = yaml.safe_load((config / "study.yaml").read_text(encoding="utf-8"))
    for file, content in {
        "methods/reference.yaml": {"reference": method},
        "experiments/only.yaml": {"entries": [entry]},
        "study.yaml": {**head, "experiments": ["only"], "claims": []},
    }.items():
        (config / file).write_text(yaml.safe_dump(content), encoding="utf-8")
    return config


def _records(config: Path) -> list[str]:
    return [str(sweep.path) for sweep in study.load(config).sweeps]


def _bare(paper: study.Study) -> None:
    task = paper.config["tasks"][TASK]
    data, network = load(task["dataset"]), architectures.build(task["network"], seed=0)
    recipe = {**task["recipe"], "epochs": 1}
    loop.train(network, data, recipe, seed=0, progress=Progress("bare", Path("nowhere")))
    for split in (data.train, data.valid, data.test):
        evaluate(network, split, recipe["loss"])
