"""Two folders of the project side by side: each runs its own code, in its own environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.base.installation import check_folder

# A Python that notes what it is asked for, and makes environments whose pip does so, too.
PYTHON = """\
#!/bin/sh
[ "$1" = -m ] || exit 0
echo venv >> log
mkdir -p .venv/bin
printf '#!/bin/sh\\necho pip >> log\\n' > .venv/bin/pip
chmod +x .venv/bin/pip
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with the Makefile and what it installs; its environment is made."""
    folder = tmp_path / "one"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    (tmp_path / "python").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "python").chmod(0o755)
    assert installed(folder) == ["venv", "pip", "pip"]
    return folder


def installed(folder: Path, uv: str = "") -> list[str]:
    """What `make install` does in a folder, by pip or by the installer that `uv` names."""
    (folder / "log").unlink(missing_ok=True)
    command = ["make", "-s", "install", f"PYTHON={folder.parent / 'python'}", f"UV={uv}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "log").read_text(encoding="utf-8").split() if (folder / "log").exists() else []


def test_an_environment_is_made_once_and_anew_only_where_something_changed(folder):
    assert installed(folder) == []
    (folder / "pyproject.toml").touch()
    assert installed(folder) == []
    (folder / "constraints.txt").write_text("numpy==0\n", encoding="utf-8")
    assert installed(folder) == ["pip", "pip"]
    (folder / ".venv/.installed").unlink()  # as if it had been interrupted
    assert installed(folder) == ["venv", "pip", "pip"]


def test_uv_installs_into_the_same_environment_where_it_is_there(folder):
    uv = folder.parent / "uv"
    uv.write_text('#!/bin/sh\necho uv "$VIRTUAL_ENV" "$2" "$4" >> log\n', encoding="utf-8")
    uv.chmod(0o755)
    (folder / "constraints.txt").write_text("numpy==0\n", encoding="utf-8")
    assert installed(folder, str(uv)) == [
        *["uv", ".venv", "install", "--require-hashes"],
        *["uv", ".venv", "install", "-c"],
    ]
    assert installed(folder, str(uv)) == [] and installed(folder) == []
    uv.write_text(
        "#!/bin/sh\necho uv >> log\nexit 2\n", encoding="utf-8"
    )  # as where only pip knows the index
    (folder / "constraints.txt").write_text("numpy==1\n", encoding="utf-8")
    assert installed(folder, str(uv)) == ["uv", "pip", "pip"] and installed(folder) == []


def test_a_copied_folder_makes_its_own_environment(folder):
    copy = shutil.copytree(folder, folder.with_name("two"))
    assert installed(copy) == ["venv", "pip", "pip"]
    assert installed(copy) == [] and installed(folder) == []


def test_a_folder_that_shares_anothers_environment_makes_its_own_and_leaves_that_alone(folder):
    other = shutil.copytree(folder, folder.with_name("two"))
    shutil.rmtree(other / ".venv")
    (other / ".venv").symlink_to(folder / ".venv")
    assert installed(other) == ["venv", "pip", "pip"]
    assert not (other / ".venv").is_symlink() and installed(folder) == []


def test_the_code_of_another_folder_is_refused_from_every_place_inside(tmp_path, monkeypatch):
    package = tmp_path / "two/src/brainside"
    for inside in (package / "base", tmp_path / "two/docs", tmp_path / "elsewhere"):
        inside.mkdir(parents=True)
    for place in ("two", "two/docs"):
        monkeypatch.chdir(tmp_path / place)
        check_folder(package)
        with pytest.raises(Refused, match="would run instead of .*two/src/brainside"):
            check_folder()
    monkeypatch.chdir(tmp_path / "elsewhere")
    check_folder()


@pytest.mark.parametrize("command", [["-m", "brainside.cli.main", "plan", "config/quick"],
                                     ["-m", "snakemake", "-n", "--quiet"]])  # fmt: skip
def test_a_copied_folder_never_runs_the_code_of_the_first(tmp_path, command):
    for name in ("src", "config", "workflow", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "Snakefile", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ended = subprocess.run([sys.executable, *command], cwd=tmp_path, env=environment,
                           capture_output=True, text=True, encoding="utf-8")  # fmt: skip
    assert ended.returncode != 0 and "Traceback" not in ended.stderr
    said = f"{ROOT}/src/brainside would run instead of {tmp_path}/src/brainside"
    assert said in ended.stderr.splitlines()[-1]
