"""What an archive is made from: files that are missing or edited, and what hides nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest
from helpers import tampering
from helpers.project import ROOT
from helpers.tampering import findings, named

from brainside.audit.inputs import STAGES
from brainside.base import paths
from brainside.report import readme
from brainside.report.release import versions

KEPT = paths.NOTEBOOKS / "questions.ipynb"


def test_a_file_whose_check_would_be_left_out_is_missed(complete):
    text = Path("paper/quick.tex")
    files = (paths.LOCK, STAGES, paths.TYPED_NUMBERS, paths.README, readme.PICTURE, KEPT, text,
             paths.REFERENCES, paths.PUBLISHED, paths.MANIFEST)  # fmt: skip
    for path in (*files, paths.SECTIONS / "text.tex"):
        blob = path.read_bytes()
        path.unlink()
        said = f"{path}: missing; `git restore {path}` brings it back"
        lines = findings(complete)
        assert said in lines and not any("the remote's" in line for line in lines)
        path.write_bytes(blob)


def git(*command: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *command], check=True)


@pytest.fixture
def cloned(complete):
    """The archive with a history, as clones have it."""
    Path(".dvc/config").write_text("[core]\n", encoding="utf-8")
    Path("LICENSE").write_text("free\n", encoding="utf-8")
    paths.SCHEMAS.unlink()  # a link
    shutil.copytree(ROOT / paths.SCHEMAS, paths.SCHEMAS)
    git("init", "-q")
    git("add", "--all")
    git("commit", "-qm", "all")
    return complete


def test_what_git_alone_knows_is_named_whatever_the_environment_says(cloned, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    for path in (Path(".dvc/config"), Path("LICENSE"), STAGES, Path("config/quick/study.yaml"),
                 paths.SCHEMAS / "study.schema.yaml"):  # fmt: skip
        blob = path.read_bytes()
        path.write_bytes(blob + b"# mine\n")
        assert f"{path}: is not as it was committed" in "\n".join(findings(cloned))
        path.write_bytes(blob)
    assert findings(cloned) == []


def test_a_git_that_fails_is_one_finding(cloned):
    Path(".git/HEAD").write_text("none\n", encoding="utf-8")
    lines = findings(cloned)
    assert len(lines) == 1 and lines[0].startswith(".git: git does not tell")


def test_every_file_that_names_a_version_is_named(complete):
    second = tampering.name_another_version_in_two_files(complete)
    lines = findings(complete)
    assert named(second, lines) and named(versions.CITATION, lines)


def test_of_what_git_has_the_first_remedy_is_gits(complete):
    for tamper in (tampering.change_a_notebook, tampering.change_the_picture_of_the_page):
        path = tamper(complete)
        (line,) = [each for each in findings(complete) if named(path, [each])]
        assert f"; `git restore {path}` brings it back, or " in line


def test_an_edited_config_is_named_and_a_new_study_is_not(cloned):
    Path("config/mine").mkdir()
    Path("config/mine/study.yaml").write_text("mine", encoding="utf-8")
    Path("config/workflow.yaml").write_text("studies: [config/quick]  # mine\n", encoding="utf-8")
    assert findings(cloned) == []
    for path in (Path("config/claims/nobody2000.yaml"), Path("config/quick/tasks.yaml")):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        assert named(path, findings(cloned))


@pytest.mark.parametrize("first", [tampering.list_no_files, tampering.change_the_list_of_a_folder])
def test_what_cannot_be_read_does_not_hide_what_else_is_versioned(complete, first):
    refused, page = first(complete), tampering.change_the_page(complete)
    copy = tampering.change_a_gallery_copy(complete)
    lines = findings(complete)
    assert named(refused, lines)
    assert any(str(copy) in line and "dvc.lock" in line for line in lines) and named(page, lines)


def test_a_forged_table_does_not_hide_what_was_made_of_it(complete):
    table = tampering.change_a_verdict(complete)
    for path, text in readme.files(complete).items():
        path.write_text(text, encoding="utf-8")
    numbers = tampering.change_a_verdict_of_the_report(complete)
    for text in (
        table.read_text(encoding="utf-8"),
        table.read_text(encoding="utf-8").partition("\n")[0],
        "none",
    ):
        table.write_text(text, encoding="utf-8")
        lines = findings(complete)
        assert all(named(path, lines) for path in (table, numbers, paths.CLAIMS_PAGE))
        assert not any("{" in line.partition(": ")[0] for line in lines)
