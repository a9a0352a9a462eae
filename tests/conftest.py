"""What the tests share: a tiny learnable task, and a small project in a folder of its own."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pandas as pd
import pytest
import torch
import yaml

from brainside import archive, claims, coding_tables, numbers, runs, study, tables, training, tuning
from brainside.data import Data, Split, prepare
from brainside.files import write_whole
from brainside.methods import pruning, reference
from brainside.networks import weight_count
from brainside.progress import Progress
from brainside.sweep import Sweep
from brainside.task import Task

ROOT = Path(__file__).parents[1]
QUICK = yaml.safe_load((ROOT / "config/quick.yaml").read_text())
RECIPE = {"loss": "cross-entropy", "epochs": 2, "batch": 10, "learning_rate": 0.05,
          "momentum": 0.9, "weight_decay": 0.01, "l1": 0.0, "schedule": "cosine",
          "precision": "float32"}  # fmt: skip

CLAIMS = """
study: quick
claims:
  - id: pruning-costs-little
    paper: Nobody 2000
    statement: Pruning to a quarter errs no more than the reference.
    value: none known
    confidence: unknown
    checks:
      - {check: no_more_error, tasks: [digits/mlp100], method: magnitude, budgets: [1/4]}
"""

# A slow machine is no bug, and a failure must come back when the test is run again.
hypothesis.settings.register_profile("brainside", deadline=None, derandomize=True)
hypothesis.settings.load_profile("brainside")


def recipe(**changes):
    return {**RECIPE, **changes}


def tiny_split(n: int, *, seed: int, image=(1, 4, 4), classes: int = 3) -> Split:
    """Images of noise in which one pixel tells the class: learnable in a few epochs."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % classes
    images = torch.randn(n, *image, generator=generator)
    images.view(n, -1)[torch.arange(n), labels] += 3
    return Split(images, labels)


def tiny_data(n: int = 60, image=(1, 4, 4)) -> Data:
    parts = [tiny_split(n, seed=seed, image=image) for seed in range(3)]
    return Data("tiny", *parts, digest="0" * 64, classes=3)


def tiny_task(network: dict | None = None, n: int = 60) -> Task:
    network = network or {"name": "mlp", "sizes": [16, 8, 3]}
    return Task("tiny/mlp8", tiny_data(n), network, weight_count(network))


def small(config: dict) -> dict:
    """The quick study made small enough to be trained many times over in the tests."""
    config = copy.deepcopy(config)
    task = config["tasks"]["digits/mlp100"]
    task["network"]["sizes"] = [784, 40, 10]
    task["recipe"] |= {"epochs": 2, "batch": 200}
    for method in config["methods"].values():
        method.get("recipe", {}).pop("epochs", None)
    for name in ("random-prune", "magnitude", "obd", "lottery"):
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
        self.path = folder / "config/quick.yaml"
        self.config = small(QUICK)
        self.write()

    def write(self) -> None:
        """Put the config, which a test may have changed, into its file."""
        self.path.write_text(yaml.dump(self.config, Dumper=yaml.CSafeDumper))

    def load(self) -> study.Study:
        self.write()
        return study.load("config/quick.yaml")

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
        runs.run(sweep)
        return sweep

    def inputs(self, sweep: Sweep) -> None:
        if sweep.reference and not sweep.reference.record.exists():
            self.inputs(sweep.reference)
            runs.run(sweep.reference)
        if sweep.tuning and not sweep.tuning.path.exists():
            tuning.run(sweep.tuning)


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
    beside = sweep.record.parent.glob(f"{sweep.record.stem}.*")
    files = [*beside, *sweep.checkpoints.iterdir()]
    return {str(path): path.read_bytes() for path in files}


def rows_of(sweep: Sweep) -> dict[float, dict]:
    """The record's rows as text by budget, without the key, which names the set of budgets."""
    frame = pd.read_csv(sweep.record, dtype=str, keep_default_na=False)
    return {float(row["budget"]): {**row, "key": ""} for row in frame.to_dict("records")}


def forget(sweep: Sweep) -> None:
    """Delete what a sweep left."""
    for path in artifacts(sweep):
        Path(path).unlink()


@pytest.fixture(autouse=True)
def subnormals():
    """Give the processor back as it was: runs flush subnormals, and hypothesis draws them."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def digits_file(tmp_path_factory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("prepared"))
        return prepare("digits").resolve()


@pytest.fixture
def project(tmp_path, monkeypatch, digits_file) -> Project:
    """A small copy of the project, which is also the working directory."""
    monkeypatch.chdir(tmp_path)
    return made(tmp_path, digits_file)


@pytest.fixture
def trainings(monkeypatch) -> list[int]:
    """How often a network was trained: grows with every call of the loop."""
    calls: list[int] = []

    def counted(*args, **kwargs):
        calls.append(1)
        return training.train(*args, **kwargs)

    for module in (pruning, reference):
        monkeypatch.setattr(module, "train", counted)
    return calls


@pytest.fixture
def quiet(tmp_path) -> Progress:
    """A progress whose resume points are in the test's own folder."""
    return Progress("test", tmp_path / "state")


@pytest.fixture(scope="session")
def archived(tmp_path_factory, digits_file) -> Path:
    """An archive of one pruning method on two seeds, with tables, a claim, manifest and gallery."""
    folder = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        project = made(folder, digits_file)
        Path("config/claims.yaml").write_text(CLAIMS)
        project.config["gallery"] = {"tasks": ["digits/mlp100"], "seed": 0, "budgets": ["1/4"]}
        project.config["experiments"][0]["seeds"] = [0, 1]
        for seed in (0, 1):
            project.run("magnitude", seed)
        regenerate(project.load())
        archive.write_manifest(project.load(), accept=False)
        archive.write_gallery(project.load())
    return folder


@pytest.fixture
def whole(archived: Path, tmp_path: Path, monkeypatch) -> study.Study:
    """A copy of the archive that a test may alter; it is the working directory."""
    shutil.copytree(archived, tmp_path / "copy", symlinks=True)
    monkeypatch.chdir(tmp_path / "copy")
    return study.load("config/quick.yaml")


def regenerate(whole: study.Study) -> None:
    for files in (tables.files, coding_tables.files, claims.files, numbers.files):
        for path, text in files(whole).items():
            write_whole(path, text.encode())


def accept_everything(whole: study.Study) -> None:
    """Make tables, numbers and manifest agree with the records, whatever these are."""
    regenerate(whole)
    archive.write_manifest(whole, accept=True)


def of(whole: study.Study, method: str, seed: int) -> study.Sweep:
    return whole.find("digits/mlp100", method, seed)


def rewrite(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(pd.read_csv(path, dtype=str)).to_csv(path, index=False)


def relabel(source, target, record, mistakes):
    """Put one sweep's rows in another's place, under that one's seed and keys."""
    shutil.copy(mistakes, target.record.with_suffix(".mistakes"))
    frame = pd.read_csv(record, dtype=str)
    rows = [target.row_key(budget) for budget in target.budgets]
    frame = frame.assign(seed=str(target.seed), key=target.key, row_key=rows)
    frame.to_csv(target.record, index=False)
