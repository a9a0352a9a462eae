"""What an archive is made from: files that are missing or edited, and what hides nothing else."""

import subprocess
from pathlib import Path

import pytest
from helpers import tampering
from helpers.tampering import findings, named

from brainside.audit.inputs import STAGES
from brainside.base import paths
from brainside.report import readme

KEPT = paths.NOTEBOOKS / "questions.ipynb"


def test_a_file_whose_check_would_be_left_out_is_missed(complete):
    text = Path("paper/quick.tex")
    text.write_text(text.read_text() + "\\input{sections/text}\n")
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


def test_an_edited_config_is_named_and_a_new_study_is_not(complete):
    git("init", "-q")
    git("add", "config")
    git("commit", "-qm", "config")
    Path("config/mine").mkdir()
    Path("config/mine/study.yaml").write_text("mine")
    Path("config/workflow.yaml").write_text("studies: [config/quick]  # mine\n")
    assert findings(complete) == []
    for path in (Path("config/claims/nobody2000.yaml"), Path("config/quick/tasks.yaml")):
        path.write_text(path.read_text() + "\n")
        assert named(path, findings(complete))


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
        path.write_text(text)
    numbers = tampering.change_a_verdict_of_the_report(complete)
    for text in (table.read_text(), table.read_text().partition("\n")[0], "none"):
        table.write_text(text)
        lines = findings(complete)
        assert all(named(path, lines) for path in (table, numbers, paths.CLAIMS_PAGE))
        assert not any("{" in line.partition(": ")[0] for line in lines)
