"""Jobs keep their files in a bucket and nowhere else: Snakemake's storage on a server here."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.bucket import served
from helpers.project import ROOT

from brainside.study import study

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


@pytest.fixture
def folders(tmp_path):
    """Two folders with the configs of the smallest study."""
    names = ("far", "near")
    return [shutil.copytree(ROOT / ".test/config", tmp_path / n / "config").parent for n in names]


def test_records_and_checkpoints_in_a_bucket_are_those_of_a_local_run(folders, monkeypatch):
    far, near = folders
    monkeypatch.chdir(near)
    record = str(study.load("config/tiny").find("digits/mlp20", "magnitude-one-shot", 0).path)
    snakemake(near, "--cores", "1", record)
    with served() as address:
        storage = ("--default-storage-provider", "s3", "--default-storage-prefix",
                   "s3://archive/brainside", "--storage-s3-endpoint-url", address)  # fmt: skip
        snakemake(far, *storage, "--cores", "1", record)
        kept = in_bucket(address)
        assert "Nothing to be done" in snakemake(far, *storage, "-n", record)
    assert without_costs(kept) == without_costs(here(near)) != {}
    assert kept.keys() == here(near).keys()  # and their costs
    assert not (far / "results").exists() and not (far / "data").exists()
