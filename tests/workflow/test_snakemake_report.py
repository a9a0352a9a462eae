"""`snakemake --report`: a landing page, and by experiment every figure once."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.study import figures, study


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(folder / "src")}, encoding="utf-8"
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def results(page: str) -> dict[str, dict]:
    """What a report shows, by path: its labels, captions and kinds of file."""
    start = page.rindex("var results = {") + len("var results = ")
    entries: dict[str, dict] = json.JSONDecoder().raw_decode(page[start:])[0]
    return entries


def letters(text: str) -> str:
    """A text without markup, spaces and signs."""
    return re.sub(r"<[^>]*>|&\w+;|\W", "", text)


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A clone of what is committed, with what DVC brings."""
    folder = tmp_path_factory.mktemp("clone") / "brainside"
    run("git", "clone", "-q", str(ROOT), str(folder), folder=ROOT)
    run("dvc", "pull", "-q", folder=folder)
    return folder


@pytest.mark.slow
def test_in_a_clone_after_dvc_pull_it_shows_claims_and_each_figure_of_the_archive_once(clone):
    said = run("snakemake", "--report", "report.html", folder=clone)
    assert "WARNING/2" not in said  # of the captions
    page = (clone / "report.html").read_text(encoding="utf-8")
    shown = results(page)
    (archived,) = [each for each in study.load_all(clone / "config/workflow.yaml") if not each.live]
    pictures = {f"results/figures/paper/{name}.png" for name in archived.config["figures"]}
    assert pictures | {"results/tables/paper/claims.csv"} <= set(shown)
    assert not [path for path in shown if "figures" in path and path not in pictures]
    assert all(shown[path]["labels"]["study"] == "paper" for path in pictures)
    for path, entry in shown.items():
        name = Path(path).stem
        caption = archived.config["figures"].get(name, {"caption": ""})["caption"]
        assert letters(caption)[:30] in letters(entry["caption"])
    assert "walks back from it to records" in page


@pytest.mark.slow
def test_a_clone_without_figures_is_told_how_to_get_them(clone):
    figure = clone / "results/figures/paper/pruning.png"
    kept = figure.rename(clone / "kept.png")
    done = subprocess.run(
        ["snakemake", "--report", "none.html"], cwd=clone, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(clone / "src")}, encoding="utf-8"
    )  # fmt: skip
    kept.rename(figure)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == (
        "snakemake: results/figures/paper/pruning.png is missing; "
        "`dvc pull` or `snakemake --cores all` brings it"
    )


def test_every_experiment_has_a_heading_of_its_own_that_is_no_markup(monkeypatch):
    monkeypatch.chdir(ROOT)
    for each in study.load_all():
        headings = {name: figures.experiment(each, name) for name in each.config["figures"]}
        assert not [heading for heading in headings.values() if re.search("[:`*_]", heading)]
