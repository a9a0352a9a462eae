"""The guard against a forgotten VERSION: every method's arithmetic against a committed fingerprint.

After a deliberate change, bump VERSION in the file that changed, then
`PYTHONPATH=tests python tests/methods/test_fingerprint.py --record`.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
from helpers.fingerprints import METHODS, PREFIX, of_network, run, started, summary, task

from brainside.base import keys
from brainside.data.datasets import load
from brainside.study.versions import NUMERICS, method_version, version_of
from brainside.training.machine import prepare

FILE = Path(__file__).with_name("fingerprints.json")
RECORD = "PYTHONPATH=tests python tests/methods/test_fingerprint.py --record"
WORDS = ("title", "phase", "same_networks_as")  # of a config, that change no arithmetic
TOLERANCE = 1e-3  # other processors round differently
# What the shared loop can do besides what the methods below ask of it.
RECIPES = {
    "training: squared error, L1, linear": {"loss": "mse", "l1": 0.01, "schedule": "linear"},
    "training: constant rate, no momentum": {"schedule": "constant", "momentum": 0.0},
    "training: warm-up": {"schedule": "warm-cosine"},
}
NAMES = ["data", *RECIPES, *METHODS]


def fingerprint(name: str, folder: Path) -> dict[str, list[float]]:
    """Numbers that tell one arithmetic from another, by budget (or part of the data)."""
    prepare()
    if name == "data":
        return {"digits": summary([load("digits").valid.images])}
    if name in RECIPES:
        return {"reference": of_network(started(task(), folder, **RECIPES[name]).network)}
    stored = run(name, folder)
    return {f"{each.budget:g}": of_network(each) for each in stored}


def versions(name: str) -> dict[str, str | int]:
    """What a change of the arithmetic must change, and the config's choices beside it."""
    shared = {name: version_of(file) for name, file in NUMERICS.items()}
    found = {"torch": version("torch").split("+")[0], **shared}
    if name in METHODS:
        module = METHODS[name]["function"].split(".")[0]
        found[module] = method_version(module)
        entry = {field: value for field, value in METHODS[name].items() if field not in WORDS}
        found["config"] = keys.key({**entry, "title": ""})
    return found


def agree(found: dict[str, list[float]], recorded: dict[str, list[float]]) -> bool:
    return found.keys() == recorded.keys() and all(
        values == pytest.approx(recorded[part], rel=TOLERANCE) for part, values in found.items()
    )


def complaint(name: str, found: dict, recorded: dict | None) -> str | None:
    """What is wrong with a fingerprint, and what to do; nothing where it is as recorded."""
    if recorded is None:
        return f"{name} has no fingerprint yet: record it with `{RECORD}`"
    if versions(name) != recorded["versions"]:
        return f"a version or a setting of {name} is new: re-record with `{RECORD}`"
    if not agree(found, recorded["values"]):
        return (f"arithmetic of {name} changed: bump VERSION in its file (or in that of "
                f"NUMERICS where the change is) and re-record with `{RECORD}`")  # fmt: skip
    return None


def committed() -> dict[str, dict]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n.startswith(PREFIX) else n for n in NAMES],
)
def test_the_arithmetic_is_the_one_that_the_versions_stand_for(project, name, tmp_path):
    wrong = complaint(name, fingerprint(name, tmp_path / "state"), committed().get(name))
    assert wrong is None, wrong


def test_every_fingerprint_is_of_something_that_there_is():
    assert committed().keys() == set(NAMES)


@pytest.mark.parametrize("name", ["magnitude", "small-dense"])
def test_a_small_change_of_the_arithmetic_is_noticed(project, name, tmp_path, monkeypatch):
    monkeypatch.setattr("brainside.training.loop.SCHEDULES", {"cosine": lambda done: 1.02 - done})
    found = fingerprint(name, tmp_path / "state")
    assert f"arithmetic of {name} changed: bump VERSION" in complaint(
        name, found, committed().get(name)
    )


def record(folder: Path) -> None:
    """Write the file; refuses a changed arithmetic whose version is the old one."""
    old, new = committed(), {}
    for name in NAMES:
        found = fingerprint(name, folder)
        wrong = complaint(name, found, old.get(name))
        if wrong and wrong.startswith("arithmetic"):
            sys.exit(f"not recorded: {wrong}")
        new[name] = {"versions": versions(name), "values": found}
    FILE.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--record"]:
        sys.exit(f"usage: {RECORD}")
    with tempfile.TemporaryDirectory() as scratch:
        record(Path(scratch))
