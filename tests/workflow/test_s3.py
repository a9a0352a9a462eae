"""The archive's outputs go to a bucket and come back: an S3 server on this machine."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from helpers.bucket import served
from helpers.project import ROOT

ABSENT = [name for name in ("moto", "flask", "dvc_s3") if not find_spec(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
]


@pytest.fixture
def bucket():
    """The address of a server with an empty bucket `archive`."""
    with served() as address:
        yield address


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """The outputs that DVC versions, by name."""
    kept = [folder / "results/figures/paper", folder / "results/gallery/paper"]
    files = [path for each in kept for path in each.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def cloned(folder: Path, bucket: str) -> Path:
    """A clone of the repository that knows a bucket."""
    run(folder.parent, "git", "clone", "-q", str(ROOT), str(folder))
    run(folder, "dvc", "remote", "add", "-q", "--local", "bucket", "s3://archive/brainside")
    run(folder, "dvc", "remote", "modify", "--local", "bucket", "endpointurl", bucket)
    return folder


def test_outputs_pushed_to_a_bucket_come_back_the_same(bucket, tmp_path):
    near, far = (cloned(tmp_path / name, bucket) for name in ("near", "far"))
    run(near, "dvc", "pull", "-q")
    run(near, "dvc", "push", "-q", "-r", "bucket")
    run(far, "dvc", "pull", "-q", "-r", "bucket")
    assert contents(near) == contents(far) != {}
