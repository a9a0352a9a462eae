"""Every tampering of the tests, on a clone of this repository with what `dvc pull` brings."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from campaign.case import Outcome, inside
from helpers.tampering import TAMPERINGS, TOGETHER, findings, named

from brainside.study import study

ROOT = Path(__file__).resolve().parents[2]
COUNT = len(TAMPERINGS) + 1  # and once many of them together
FOLDERS = ("results", "paper", "docs", "config", ".dvc/bundle")
FILES = ("README.md", "dvc.lock", "dvc.yaml")


def outcomes(folder: Path, first: int) -> Iterator[Outcome]:
    """One tampering after another; each is undone before the next."""
    pristine, copy = folder / "pristine", folder / "copy"
    if not copy.exists():
        _clone(pristine)
        shutil.copytree(pristine, folder / "part", symlinks=True)
        (folder / "part").rename(copy)
    for tampers in [*((tamper,) for tamper in TAMPERINGS), TOGETHER][first:]:
        with inside(copy):
            _undo(pristine)
            before = _states(Path())
            yield _outcome(tampers)
            _undo(pristine, before)


def _outcome(tampers) -> Outcome:
    whole = study.load("config/paper")
    try:
        paths = [tamper(whole) for tamper in tampers]
        lines = findings(whole)
    except Exception as error:
        return Outcome(False, False, True, f"{tampers[0].__name__}: {error!r}")
    unseen = [str(path) for path in paths if not named(path, lines)]
    return Outcome(bool(lines), not unseen, not lines, f"{tampers[0].__name__}: {unseen[:3]}")


def _clone(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    for name in ("results/figures", "results/gallery"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)


def _states(root: Path) -> dict[Path, tuple[int, int]]:
    """What a file's content cannot change without, of all that a tampering may touch."""
    files = [root / name for name in FILES]
    files += [path for name in FOLDERS for path in (root / name).rglob("*") if path.is_file()]
    stats = {path.relative_to(root): os.stat(path) for path in files if path.exists()}
    return {path: (stat.st_mtime_ns, stat.st_size) for path, stat in stats.items()}


def _undo(pristine: Path, before: dict[Path, tuple[int, int]] | None = None) -> None:
    """Bring back what was changed since `before`; all of it where nothing is known of that."""
    kept, now = _states(pristine), _states(Path())
    known = before or {path: kept[path] for path in kept}
    for path in now.keys() - kept.keys():
        path.unlink()
    for path in kept:
        if now.get(path) != known.get(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(pristine / path, path)
