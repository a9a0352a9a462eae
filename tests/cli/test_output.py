"""Jobs whose file is asked for below another folder read and write there, and nowhere else."""

import shutil
from pathlib import Path

import pytest
from helpers.project import artifacts, forget

from brainside.cli.main import main
from brainside.study.codings import codings
from brainside.study.plotdata import plotdata

BUCKET = Path("copies/of/a/bucket")
CODINGS = {
    "codecs": {"raw": {"positions": "list"}},
    "networks": [
        {"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/16"], "seeds": [0]}
    ],
}


def move() -> None:
    """Put data and results where a storage plugin would have its copies of them."""
    BUCKET.mkdir(parents=True)
    for folder in ("data", "results"):
        shutil.move(folder, BUCKET / folder)


def run(job, *arguments: str) -> None:
    main([*arguments, "--key", job.key, "--output", str(BUCKET / job.path)])
    assert not Path("data").exists() and not Path("results").exists()


def compared(job, *arguments: str) -> None:
    """Make a job's file in its own place, then elsewhere: it is the same."""
    main([*arguments])
    here = job.path.read_bytes()
    job.path.unlink()
    move()
    run(job, *arguments)
    assert job.under(BUCKET).path.read_bytes() == here


def test_a_sweep(project):
    sweep = project.run("magnitude")
    here = artifacts(sweep)
    forget(sweep)
    move()
    run(sweep, "sweep", "config/quick", sweep.task, sweep.method, "--seed", "0")
    there = artifacts(sweep.under(BUCKET))
    assert there == {str(BUCKET / path): content for path, content in here.items()}


def test_a_search(project):
    search = project.sweep("small-conv").search
    compared(search, "search", "config/quick", search.task, search.method)


def test_a_coding(project):
    sweep = project.run("magnitude")
    project.config["codings"] = CODINGS
    (coding,) = codings(project.load())
    compared(coding, "coding", "config/quick", sweep.task, sweep.method, "--seed", "0")


def test_plot_data(project):
    sweep = project.run("magnitude")
    weights = {"draw": "weight_histograms", "caption": "Weights.", "tasks": [sweep.task],
               "methods": ["magnitude"], "options": {"layers": ["1.weight"]},
               "plotdata": {"kind": "histogram", "budgets": ["1/16"], "seeds": [0]}}  # fmt: skip
    project.config["figures"] = {"weights": weights}
    (job,) = plotdata(project.load())
    compared(job, "plotdata", "config/quick", sweep.task, sweep.method, "--seed", "0")


def test_a_dataset(project, tmp_path):
    main(["dataset", "digits", "--output", str(BUCKET / "digits.npz")])
    prepared = Path("data/prepared/digits.npz").read_bytes()
    assert (BUCKET / "digits.npz").read_bytes() == prepared


def test_another_file_than_the_jobs_own_is_refused_before_anything_is_trained(
    project, trainings, capsys
):
    sweep = project.sweep("magnitude")
    asked = ["sweep", "config/quick", sweep.task, sweep.method, "--seed", "0"]
    with pytest.raises(SystemExit) as end:
        main([*asked, "--output", "elsewhere/record.csv"])
    assert end.value.code == 2 and not trainings
    assert f"--output elsewhere/record.csv: has to end in {sweep.path}" in capsys.readouterr().err
