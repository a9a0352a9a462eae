"""One mutant's trial: its module's tests, run by a child process over a copy of src with it."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mutation.mutants import Mutant, mutated

ROOT = Path(__file__).resolve().parents[2]
# What takes long to import, and what no mutant changes: a child starts with them.
LIBRARIES = ("torch", "pandas", "scipy.stats", "matplotlib.pyplot", "hypothesis", "pytest", "yaml")
BESIDE = ("config", "workflow", "constraints.txt")  # what the package looks for beside src
KILLED, SURVIVED = "killed", "survived"


class Copy:
    """A copy of src that trials change, one module at a time."""

    def __init__(self, folder: Path) -> None:
        """Make it anew, without compiled files, which a change within a second would not renew."""
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = folder / "src"
        shutil.copytree(ROOT / "src", self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        for name in BESIDE:
            (folder / name).symlink_to(ROOT / name)

    def outcome(self, mutant: Mutant, tests: Sequence[str], seconds: float) -> str:
        """Whether tests notice a mutant; one that does not end within the seconds is noticed."""
        path = self.folder / "brainside" / mutant.module
        source = path.read_text(encoding="utf-8")
        try:
            path.write_text(mutated(mutant, source), encoding="utf-8")
            return SURVIVED if self.passes(tests, seconds) else KILLED
        finally:
            path.write_text(source, encoding="utf-8")

    def passes(self, tests: Sequence[str], seconds: float) -> bool:
        """Whether tests pass over the copy as it is."""
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(self._tested(tests))
        return _ended(child, time.monotonic() + seconds) == 0

    def _tested(self, tests: Sequence[str]) -> int:
        """In the child: pytest's exit status."""
        import pytest

        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.environ["PYTHONPATH"] = str(self.folder)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(self.folder))
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        return int(pytest.main([*options, *tests]))


def preload() -> None:
    """Import what every child needs, once; not a module of ours may be among it."""
    for name in LIBRARIES:
        __import__(name)
    if any(name.split(".")[0] == "brainside" for name in sys.modules):
        raise RuntimeError("brainside is imported already: children would test it unchanged")


def _ended(child: int, end: float) -> int:
    """A child's exit status, or 1 where it had to be killed with all that it started."""
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1
