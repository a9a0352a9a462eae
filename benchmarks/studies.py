"""A clone as its user meets it: installation, `make study`, and a plan of 100,800 sweeps."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from synthetic import seeds_of
from timing import seconds

from brainside.study import study

SEEDS = 3_150  # of 32 sweeps: 100,800
SMOKE = Path("config/quick/experiments/smoke.yaml")
MINE = ("VIRTUAL_ENV", "PYTHONPATH")  # of this environment; the clone makes its own


def measure() -> Iterator[tuple[str, list[float]]]:
    """Seconds that a user waits, and processor time and memory of planning what is large."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "-q", ".", folder], check=True)
        clone = Path(folder)
        yield "installation, s", [_seconds(clone, "install")]
        yield "make study from nothing, s", [_seconds(clone, "study")]
        yield "make study again, nothing to do, s", [_seconds(clone, "study")]
        one = _enlarge(clone)
        all_of_them = _dry_run(clone, "quick_study")
        yield "dry run of 100,800 sweeps, s of processor", [all_of_them[0]]
        yield "dry run of 100,800 sweeps, GiB", [all_of_them[1]]
        yield "dry run of one of 100,800 sweeps, s of processor", [_dry_run(clone, str(one))[0]]


def _seconds(clone: Path, target: str) -> float:
    command = ["make", "-C", str(clone), target]
    return seconds(lambda: subprocess.run(command, env=_environment(), check=True))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in MINE}


def _enlarge(clone: Path) -> Path:
    """Give the clone's quick study its seeds, one to code; the record of its last sweep."""
    config = yaml.safe_load((clone / SMOKE).read_text(encoding="utf-8"))
    seeds = seeds_of(SEEDS)
    for entry in config["entries"]:
        entry["seeds"] = seeds
    for networks in config["codings"]["networks"]:
        networks["seeds"] = seeds[:1]
    (clone / SMOKE).write_text(yaml.safe_dump(config), encoding="utf-8")
    here = Path.cwd()
    os.chdir(clone)
    try:
        sweeps = study.load("config/quick").sweeps
    finally:
        os.chdir(here)
    assert len(sweeps) == 100_800
    return sweeps[-1].path


def _dry_run(clone: Path, target: str) -> tuple[float, float]:
    """Seconds of processor and GiB of memory of a dry run with its children."""
    command = [str(clone / ".venv/bin/snakemake"), "-n", "--quiet", "--", target]
    process = subprocess.Popen(command, cwd=clone, env=_environment(), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024**2
