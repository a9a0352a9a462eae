"""A release: versions agree, the archive is whole, and machines can read what made what."""

import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from helpers.project import ROOT

from brainside import __version__
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.report.release import bundle, crate, versions
from brainside.study import products

DATE = "2026-11-29T12:00:00+00:00"
NOBODY = {"GIT_AUTHOR_NAME": "nobody", "GIT_COMMITTER_NAME": "nobody", "GIT_AUTHOR_EMAIL": "n@o",
          "GIT_COMMITTER_EMAIL": "n@o"}  # fmt: skip


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True, env=os.environ | NOBODY)


@pytest.fixture
def clone(whole):
    """The small archive as a clone with everything committed, and what DVC and the workflow add."""
    for name in (crate.WORKFLOW, paths.README):
        Path(name).write_text("", encoding="utf-8")
    Path(".gitignore").write_text(
        "results/figures\nresults/gallery\npaper\nsite\nrelease\ndata\n", encoding="utf-8"
    )
    made = [*products.figures(whole), products.document(whole, latex=True), str(paths.SITE)]
    for path in map(Path, made):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name, encoding="utf-8")
    for command in (["init", "-q"], ["add", "--all"], ["commit", "-qm", "all"]):
        git(*command)
    return whole


def citation() -> dict:
    return yaml.safe_load((ROOT / versions.CITATION).read_text(encoding="utf-8"))


def test_all_files_name_the_packages_version(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert {*map(versions.named, versions.FILES)} == {__version__} == {versions.version()}


def test_a_file_with_another_version_is_refused(monkeypatch, tmp_path):
    for name in versions.FILES:
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    changes = tmp_path / versions.CHANGES
    changes.write_text(
        changes.read_text(encoding="utf-8").replace(f"## {__version__}", "## 9.9.9"),
        encoding="utf-8",
    )
    with pytest.raises(
        Refused, match=f"CHANGELOG.md: names version 9.9.9, the package {__version__}"
    ):
        versions.version()


def test_the_citation_and_zenodos_description_say_the_same():
    zenodo = json.loads((ROOT / versions.ZENODO).read_text(encoding="utf-8"))
    cited = citation()
    assert {"cff-version", "message", "title", "authors", "date-released"} <= set(cited)
    assert {"title", "upload_type", "description", "creators", "license"} <= set(zenodo)
    for field in ("title", "keywords", "license"):
        assert zenodo[field] == cited[field]
    assert [one["name"] for one in zenodo["creators"]] == [one["name"] for one in cited["authors"]]
    assert datetime.date.fromisoformat(cited["date-released"])
    newest = re.search(
        r"^## \S+ \((.+)\)", (ROOT / versions.CHANGES).read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest and newest[1] == cited["date-released"]


def graph(text: str) -> dict[str, dict]:
    entities = json.loads(text)["@graph"]
    by_name = {entity["@id"]: entity for entity in entities}
    assert len(by_name) == len(entities)
    return by_name


def references(value) -> set[str]:
    """Every entity that an entity refers to."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    inside = set().union(*(references(each) for name, each in value.items() if name != "@id"))
    return inside | ({value["@id"]} if set(value) == {"@id"} else set())


def test_a_crate_has_all_that_it_refers_to_and_an_action_for_each_job(whole):
    entities = graph(crate.text(whole, __version__, DATE, []))
    referred = set().union(*map(references, entities.values()))
    assert not {name for name in referred - set(entities) if not name.startswith("http")}
    actions = [each for each in entities.values() if each["@type"] == "CreateAction"]
    jobs = [job for job in (*whole.everything, *whole.searches) if job.done]
    assert len(actions) == len(jobs) + 1
    written = [references(each["result"]) for each in actions if each["@id"] != crate.RUN]
    assert all(any(str(job.path) in names for names in written) for job in jobs)
    pruned = next(job for job in whole.everything if job.done and job.parent)
    action = entities[f"#sweep-{pruned.key}"]
    assert str(pruned.parent.path) in references(action["object"])
    assert action["description"].endswith(f"magnitude --seed {pruned.seed}")


def test_every_file_of_a_crate_is_there_with_its_sum(whole):
    entities = graph(crate.text(whole, __version__, DATE, []))
    kept = {crate.WORKFLOW, str(paths.README)}
    files = [e for e in entities.values() if "File" in e["@type"] and e["@id"] not in kept]
    assert files and all("sha256" in each for each in files)
    for each in files:
        assert hashlib.sha256(Path(each["@id"]).read_bytes()).hexdigest() == each["sha256"]


@pytest.mark.skipif(not shutil.which("rocrate-validator"), reason="roc-validator is not installed")
def test_a_crate_is_valid_by_its_validator(clone):
    made = [Path(name) for name in products.figures(clone)]
    Path(crate.NAME).write_text(crate.text(clone, __version__, DATE, made), encoding="utf-8")
    asked = ["rocrate-validator", "validate", "--no-paging", "--verbose",
             "--profile-identifier", "workflow-run-crate", "."]  # fmt: skip
    done = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8")
    # Its `--offline` serves a cache that it must have filled before: neither it nor the package
    # rocrate, which has those of RO-Crate 1.3 alone, brings the contexts of 1.1 and of runs.
    if "service not known" in done.stdout + done.stderr:
        pytest.skip("the validator fetches the contexts of RO-Crate, and there is no network")
    assert done.returncode == 0, done.stdout + done.stderr


def unpacked(path: Path, folder: Path) -> Path:
    shutil.unpack_archive(path, folder)
    return folder / f"brainside-{__version__}"


def test_an_archive_has_what_is_committed_and_the_outputs_with_sums_that_hold(clone, tmp_path):
    inside = unpacked(bundle.write(clone, __version__), tmp_path / "unpacked")
    subprocess.run(["sha256sum", "-c", "--quiet", bundle.SUMS], cwd=inside, check=True)
    names = {str(path.relative_to(inside)) for path in inside.rglob("*") if path.is_file()}
    listed = {
        line.split("  ")[1]
        for line in (inside / bundle.SUMS).read_text(encoding="utf-8").splitlines()
    }
    assert listed == {name for name in names if not (inside / name).is_symlink()} - {bundle.SUMS}
    committed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert set(committed.stdout.split("\n")) - {""} <= names | {"workflow/schemas"}
    assert {crate.NAME, str(paths.SITE), *products.figures(clone)} <= names
    assert any(name.startswith("results/gallery/") for name in names)


def test_the_same_commit_gives_the_same_bytes(clone):
    first = bundle.write(clone, __version__).read_bytes()
    assert bundle.write(clone, __version__).read_bytes() == first


def test_a_release_is_of_a_commit_and_whole(clone):
    page = Path(paths.SITE)
    page.unlink()
    with pytest.raises(Refused, match="site/index.html is missing; `snakemake --cores all`"):
        bundle.write(clone, __version__)
    page.touch()
    Path("stray.txt").touch()
    with pytest.raises(Refused, match="stray.txt is not committed"):
        bundle.write(clone, __version__)


def test_outside_of_a_clone_there_is_no_release(whole):
    with pytest.raises(Refused, match="git status: .*a release is made in a clone"):
        bundle.write(whole, __version__)
