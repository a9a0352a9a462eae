"""A file of the config that nothing reads is refused by name, as it would be believed to count."""

from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.study import strays, study, workflow


@pytest.mark.parametrize(("path", "said"), [
    ("config/claims/x.yaml", "no study.yaml names it among its claims"),
    ("config/claims/nobody2000.yml", "nothing reads it; config/README.md"),
    ("config/claims/old/nobody2000.yaml", "nothing reads it; config/README.md"),
    ("config/extra.yaml", "nothing reads it; config/README.md"),
    ("config/published.yml", "nothing reads it; config/README.md"),
    ("config/quik/tasks.yaml", "nothing reads it; config/README.md"),
    ("config/quick/extra.yaml", "nothing reads it; a study has study.yaml, tasks.yaml, "),
    ("config/quick/tasks.YML", "nothing reads it; a study has study.yaml"),
    ("config/quick/methods/y.yml", "nothing reads it; a study has study.yaml"),
    ("config/quick/methods/old/y.yaml", "nothing reads it; a study has study.yaml"),
    ("config/quick/method/y.yaml", "nothing reads it; a study has study.yaml"),
])  # fmt: skip
def test_a_file_that_nothing_reads_is_refused_by_name(project, path, said):
    Path("config/claims").mkdir()
    project.config["claims"] = ["nobody2000"]
    whole = project.load()
    strays.check([whole])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()
    with pytest.raises(Refused, match=f"^{path}: {said}"):
        strays.check([whole])


def test_notes_and_what_an_editor_leaves_are_no_config(project):
    whole = project.load()
    for name in ("README.md", ".tasks.yaml.swp", ".ipynb_checkpoints/tasks.yaml", "tasks.yaml~"):
        path = project.path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    strays.check([whole])


def test_a_stray_is_refused_before_anything_is_planned(project):
    whole = project.load()
    workflow.checked_jobs([whole])
    Path("config/quick/extra.yaml").touch()
    with pytest.raises(Refused, match=r"^config/quick/extra.yaml: nothing reads it"):
        workflow.checked_jobs([whole])


@pytest.mark.parametrize("folder", [ROOT, ROOT / ".test"])
def test_the_repository_has_no_stray(monkeypatch, folder):
    monkeypatch.chdir(folder)
    strays.check(study.load_all())
