"""What the tests share: a tiny learnable task, and a small project in a folder of its own."""

import shutil
from pathlib import Path

import hypothesis
import pytest
import torch
from helpers.archive import furnish
from helpers.project import CLAIMS, Project, made, regenerate

from brainside.archive import manifest
from brainside.archive.gallery import write_gallery
from brainside.base.progress import Progress
from brainside.data.preparation import prepare
from brainside.study import study
from brainside.training import loop

# As in every job; with more, workers in parallel would stand in each other's way.
torch.set_num_threads(1)

# A slow machine is no bug, and a failure must come back when the test is run again.
hypothesis.settings.register_profile("brainside", deadline=None, derandomize=True)
hypothesis.settings.load_profile("brainside")


@pytest.fixture(autouse=True)
def subnormals():
    """Give the processor back as it was: runs flush subnormals, and hypothesis draws them."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def trainings(monkeypatch) -> list[int]:
    """How often a network was trained: grows with every call of the loop."""
    calls: list[int] = []
    train = loop.train

    def counted(*args, **kwargs):
        calls.append(1)
        return train(*args, **kwargs)

    monkeypatch.setattr(loop, "train", counted)
    return calls


@pytest.fixture
def quiet(tmp_path) -> Progress:
    """A progress whose resume points are in the test's own folder."""
    return Progress("test", tmp_path / "state")


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


@pytest.fixture(scope="session")
def archived(tmp_path_factory, digits_file) -> Path:
    """An archive of one pruning method on two seeds, with tables, a claim, manifest and gallery."""
    folder = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        project = made(folder, digits_file)
        Path("config/claims").mkdir()
        Path("config/claims/nobody2000.yaml").write_text(CLAIMS, encoding="utf-8")
        project.config["kind"] = "archived"
        project.config["claims"] = ["nobody2000"]
        project.config["gallery"] = {"tasks": ["digits/mlp100"], "seed": 0, "budgets": ["1/4"]}
        project.config["experiments"][0]["seeds"] = [0, 1]
        for seed in (0, 1):
            project.run("magnitude", seed)
        regenerate(project.load())
        manifest.write_manifest(project.load(), accept=False)
        write_gallery(project.load())
    return folder


@pytest.fixture(scope="session")
def furnished(tmp_path_factory, digits_file) -> Path:
    """An archive with all that the real one has: searches, codings, costs, log, text, DVC."""
    folder = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        furnish(made(folder, digits_file))
    return folder


@pytest.fixture
def complete(furnished: Path, tmp_path: Path, monkeypatch) -> study.Study:
    """A copy of that archive that a test may alter; it is the working directory."""
    shutil.copytree(furnished, tmp_path / "copy", symlinks=True)
    monkeypatch.chdir(tmp_path / "copy")
    return study.load("config/quick")


@pytest.fixture
def whole(archived: Path, tmp_path: Path, monkeypatch) -> study.Study:
    """A copy of the archive that a test may alter; it is the working directory."""
    shutil.copytree(archived, tmp_path / "copy", symlinks=True)
    monkeypatch.chdir(tmp_path / "copy")
    return study.load("config/quick")
