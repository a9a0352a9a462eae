"""Jobs keep their files in a bucket and nowhere else: Snakemake's storage on a server here."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from helpers.bucket import served
from helpers.project import ROOT

from brainside.study import plotdata, study

ABSENT = [name for name in ("moto", "flask", "boto3", "snakemake_storage_plugin_s3")
          if not find_spec(name)]  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
]


def snakemake(folder: Path, *arguments: str) -> str:
    """What Snakemake prints in a folder that has configs and nothing else."""
    done = subprocess.run(
        ["snakemake", "-s", str(ROOT / "workflow/Snakefile"), *arguments], cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{os.environ.get('PYTHONPATH', '')}"},
        text=True, capture_output=True, check=False, encoding="utf-8"
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def in_bucket(address: str) -> dict[str, bytes]:
    """The results in the bucket, by their paths here."""
    import boto3

    s3 = boto3.resource("s3", endpoint_url=address)
    listed = s3.Bucket("archive").objects.filter(Prefix="brainside/results/")
    return {each.key.removeprefix("brainside/"): each.get()["Body"].read() for each in listed}


def here(folder: Path) -> dict[str, bytes]:
    """The results in a folder."""
    files = [path for path in (folder / "results").rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def without_costs(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: blob for name, blob in files.items() if "/costs/" not in name}


WEIGHTS = """
  weights:
    draw: weight_histograms
    caption: Weights of a small network.
    tasks: [digits/mlp20]
    methods: [magnitude-one-shot]
    options: {layers: [1.weight]}
    plotdata: {kind: histogram, budgets: [1/4], seeds: [0]}
"""


@pytest.fixture
def folders(tmp_path):
    """Two folders with the configs of the smallest study, and a figure of weights in it."""
    made = []
    for name in ("far", "near"):
        config = shutil.copytree(ROOT / ".test/config", tmp_path / name / "config")
        experiment = config / "tiny/experiments/pruning.yaml"
        experiment.write_text(experiment.read_text(encoding="utf-8") + WEIGHTS, encoding="utf-8")
        made.append(config.parent)
    return made


SENT = ("Snakefile", "workflow/Snakefile", "workflow/rules", "environment.yml",
        "config/workflow.yaml")  # fmt: skip
JOB = ("--snakefile", "Snakefile", "--mode", "remote", "--cores", "1", "--force", "--no-hooks",
       "--nolock", "--ignore-incomplete", "--target-files-omit-workdir-adjustment",
       "--shared-fs-usage", "none", "--allowed-rules", "sweep")  # fmt: skip


def sent(folder: Path) -> None:
    """What Snakemake sends a job of a folder that is no git clone."""
    for name in SENT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)


def test_a_job_in_an_empty_folder_takes_configs_out_of_the_image(
    tmp_path, digits_file, monkeypatch
):
    image, folder = tmp_path / "brainside", tmp_path / "workdir"
    shutil.copytree(ROOT / "config", image / "config")
    folder.mkdir()
    profile = yaml.safe_load((ROOT / "profiles/kubernetes/config.yaml").read_text(encoding="utf-8"))
    command = profile["precommand"].replace("/brainside", str(image))
    subprocess.run(["/bin/sh", "-c", command], cwd=folder, check=True)
    sent(folder)
    monkeypatch.chdir(ROOT)
    sweep = study.load("config/quick").find("digits/mlp100", "reference", 0)
    names = {"study": "quick", "task": sweep.task, "method": sweep.method, "seed": 0}
    wildcards = ",".join(f"{name}={value}" for name, value in {**names, "key": sweep.key}.items())
    with served() as address:
        import boto3

        s3 = boto3.client("s3", endpoint_url=address)
        s3.upload_file(str(digits_file), "archive", "brainside/data/prepared/digits.npz")
        storage = ("--default-storage-provider", "s3", "--default-storage-prefix",
                   "s3://archive/brainside", "--storage-s3-endpoint-url", address)  # fmt: skip
        run = [*JOB, *storage, "--target-jobs", f"sweep:{wildcards}"]
        done = subprocess.run(
            ["snakemake", *run], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            text=True, capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert str(sweep.path) in in_bucket(address)


def test_records_checkpoints_and_plot_data_in_a_bucket_are_those_of_a_local_run(
    folders, monkeypatch
):
    far, near = folders
    monkeypatch.chdir(near)
    (job,) = plotdata.plotdata(study.load("config/tiny"))
    made = str(job.sweep.path), str(job.path)
    snakemake(near, "--cores", "1", *made)
    with served() as address:
        storage = ("--default-storage-provider", "s3", "--default-storage-prefix",
                   "s3://archive/brainside", "--storage-s3-endpoint-url", address)  # fmt: skip
        snakemake(far, *storage, "--cores", "1", *made)
        kept = in_bucket(address)
        assert "Nothing to be done" in snakemake(far, *storage, "-n", *made)
    assert without_costs(kept) == without_costs(here(near)) != {}
    assert kept.keys() == here(near).keys()  # and their costs
    assert not (far / "results").exists() and not (far / "data").exists()
