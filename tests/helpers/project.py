"""A small copy of the project in a folder of its own, its jobs run for real."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from brainside.analysis import claims, coding_tables, tables
from brainside.archive import manifest
from brainside.base.files import write_whole
from brainside.jobs import search as search_job
from brainside.jobs import sweep as sweep_job
from brainside.report.tex import numbers
from brainside.study import study
from brainside.study.configs import read_study
from brainside.study.sweeps import Sweep
from helpers.configs import write_study

ROOT = Path(__file__).parents[2]


QUICK = read_study(ROOT / "config/quick")

# One claim of the quick study: a file of config/claims.
CLAIMS = """
paper: Nobody 2000
claims:
  - id: pruning-costs-little
    statement: Pruning to a quarter errs no more than the reference.
    value: none known
    confidence: unknown
    checks:
      - {check: no_more_error, tasks: [digits/mlp100], method: magnitude, budgets: [1/4]}
"""


def small(config: dict) -> dict:
    """The quick study made small enough to be trained many times over in the tests."""
    config = copy.deepcopy(config)
    task = config["tasks"]["digits/mlp100"]
    task["network"]["sizes"] = [784, 40, 10]
    task["recipe"] |= {"epochs": 2, "batch": 200}
    for method in config["methods"].values():
        method.get("recipe", {}).pop("epochs", None)
    for name in ("random-prune", "magnitude", "obd", "lottery", "spectral"):
        config["methods"][name]["schedule"] = ["1/2", "1/4", "1/8", "1/16"]
    slim = config["tasks"]["digits/slim"]
    slim["network"] |= {"widths": [4, 6], "pool_after": [0, 1]}
    slim["recipe"] |= {"epochs": 1, "batch": 200}
    conv = config["methods"]["small-conv"]
    conv["params"]["multiply_adds_limit"] = 12_000
    conv["search"]["shape"]["choice"] = conv["search"]["shape"]["choice"][:2]
    config["tuning"]["trials"] = 2
    config.pop("codings")
    config["experiments"][0] |= {"budgets": ["1/4", "1/16"], "seeds": [0]}
    config["experiments"][1] |= {"budgets": ["1/2"], "seeds": [0]}
    return config


class Project:
    """A project's folder: its config, and its jobs run for real."""

    def __init__(self, folder: Path):
        self.path = folder / "config/quick"
        self.config = small(QUICK)
        self.write()

    def write(self) -> None:
        """Put the config, which a test may have changed, into the files of its folder."""
        write_study(self.path, self.config)

    def load(self) -> study.Study:
        self.write()
        return study.load("config/quick")

    def sweep(self, method: str, seed: int = 0, *, budgets: list | None = None) -> Sweep:
        """One sweep of a study that has no other method (expanding fewer is faster)."""
        slim = self.config["methods"].get(method, {}).get("function", "").startswith("yu2019")
        experiment = self.config["experiments"][slim]
        entry = self.config["methods"].get(method, {})
        start = entry.get("weights_of") or entry.get("reference")
        experiment["methods"] = [method, *([start] if start in ("lottery", "autoslim") else [])]
        if method == "supernet":
            experiment["budgets"] = [1]
        if budgets:
            experiment["budgets"] = budgets
        return self.load().find(experiment["tasks"][0], method, seed)

    def run(self, method: str, seed: int = 0, *, budgets: list | None = None) -> Sweep:
        """Run a sweep after the jobs that it takes inputs from."""
        sweep = self.sweep(method, seed, budgets=budgets)
        self.inputs(sweep)
        sweep_job.run(sweep)
        return sweep

    def inputs(self, sweep: Sweep) -> None:
        if sweep.parent and not sweep.parent.path.exists():
            self.inputs(sweep.parent)
            sweep_job.run(sweep.parent)
        if sweep.search and not sweep.search.path.exists():
            search_job.run(sweep.search)


def made(folder: Path, digits: Path) -> Project:
    """A small copy of the project in a folder."""
    for inside in ("config", "workflow", "data/prepared"):
        (folder / inside).mkdir(parents=True)
    (folder / "config/datasets.yaml").symlink_to(ROOT / "config/datasets.yaml")
    (folder / "workflow/schemas").symlink_to(ROOT / "workflow/schemas")
    (folder / "data/prepared/digits.npz").symlink_to(digits)
    return Project(folder)


def artifacts(sweep: Sweep) -> dict[str, bytes]:
    """Every file that a sweep leaves, by path."""
    beside = sweep.path.parent.glob(f"{sweep.path.stem}.*")
    files = [*beside, *sweep.checkpoints.iterdir()]
    return {str(path): path.read_bytes() for path in files}


def rows_of(sweep: Sweep) -> dict[float, dict]:
    """The record's rows as text by budget, without the key, which names the set of budgets."""
    frame = pd.read_csv(sweep.path, dtype=str, keep_default_na=False)
    return {float(row["budget"]): {**row, "key": ""} for row in frame.to_dict("records")}


def forget(sweep: Sweep) -> None:
    """Delete what a sweep left."""
    for path in artifacts(sweep):
        Path(path).unlink()


def regenerate(whole: study.Study) -> None:
    for files in (tables.files, coding_tables.files, claims.files, numbers.files):
        for path, text in files(whole).items():
            write_whole(path, text.encode())


def accept_everything(whole: study.Study) -> None:
    """Make tables, numbers and manifest agree with the records, whatever these are."""
    regenerate(whole)
    manifest.write_manifest(whole, accept=True)


def of(whole: study.Study, method: str, seed: int) -> study.Sweep:
    return whole.find("digits/mlp100", method, seed)


def rewrite(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_csv(path, dtype=str)).to_csv(path, index=False)


def relabel(source, target, record, mistakes):
    """Put one sweep's rows in another's place, under that one's seed and keys."""
    shutil.copy(mistakes, target.path.with_suffix(".mistakes"))
    frame = pd.read_csv(record, dtype=str)
    rows = [target.row_key(budget) for budget in target.budgets]
    frame = frame.assign(seed=str(target.seed), key=target.key, row_key=rows)
    frame.to_csv(target.path, index=False)
