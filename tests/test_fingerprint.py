"""The guard against a forgotten VERSION: every method's arithmetic against a committed fingerprint.

After a deliberate change, bump VERSION in the file that changed, then
`python tests/test_fingerprint.py --record`.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from conftest import QUICK, recipe, tiny_data
from torch import Tensor

from brainside import keys
from brainside.coding import container
from brainside.coding.compressed import Compressed
from brainside.data import load
from brainside.evaluation import evaluate
from brainside.methods import find
from brainside.networks import weight_count
from brainside.progress import Progress
from brainside.representations import split
from brainside.task import Task
from brainside.training import prepare

FILE = Path(__file__).with_name("fingerprints.json")
RECORD = "python tests/test_fingerprint.py --record"
TOLERANCE = 1e-3  # other processors round differently
METHODS = QUICK["methods"]
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
        return {"reference": of_network(reference(folder, **RECIPES[name]))}
    stored = run(name, folder)
    return {f"{each.budget:g}": of_network(each) for each in stored}


def task(name: str = "") -> Task:
    network = {"name": "mlp", "sizes": [64, 24, 3], "dropout": 0.2}
    if METHODS.get(name, {}).get("function", "").startswith("yu2019"):
        network = {"name": "slimnet", "image": [1, 8, 8], "widths": [12, 12], "pool_after": [0],
                   "classes": 3}  # fmt: skip
    return Task("tiny/mlp24", tiny_data(60, (1, 8, 8)), network, weight_count(network))


def reference(folder: Path, name: str = "", **changes) -> Compressed | dict | None:
    """What a method starts from, trained on its task; or weights that it may have."""
    entry = METHODS.get(name, {"reference": True})
    if "weights_of" in entry:
        return {1 / 2: 700, 1 / 4: 350}
    if not (start := entry.get("reference")):
        return None
    if METHODS.get(start, {}).get("reference"):
        return {each.budget: each for each in run(start, folder)}
    function = METHODS[start]["function"] if isinstance(start, str) else "reference.sweep"
    (stored,) = find(function)(
        task(name), [1.0], settings=lambda _: recipe(held_out=20, **changes), seed=5,
        reference=None, resume=None, progress=Progress("reference", folder))  # fmt: skip
    decoded = container.decode(container.encode(stored), budget=1.0)
    decoded.columns["epochs_total"] = 2
    return decoded


def run(name: str, folder: Path) -> list[Compressed]:
    """The networks of a method of the quick study on the tiny task, with its first choices."""
    entry = METHODS[name]
    drawn = {field: space["choice"][0] for field, space in entry.get("search", {}).items()}
    params = {**entry.get("params", {}), "held_out": 20}
    chosen = recipe(**{**entry.get("recipe", {}), "epochs": 2}, **params, **drawn)
    return list(find(entry["function"])(
        task(name), [1.0] if name in ("reference", "supernet") else [1 / 2, 1 / 4],
        settings=lambda _: chosen, seed=5, reference=reference(folder, name), resume=None,
        progress=Progress(name, folder)))  # fmt: skip


def of_network(stored: Compressed) -> list[float]:
    network = stored.network()
    found = evaluate(network, task().data.test, "cross-entropy")
    weights, biases = split(network)
    count = sum(weight.numel() for weight in stored.weights.values())
    return [count, found.loss, *summary([*weights.values(), *biases.values()])]


def summary(tensors: list[Tensor]) -> list[float]:
    """How many are not zero, two norms, and a projection that knows who is where."""
    flat = torch.cat([tensor.flatten() for tensor in tensors]).double()
    waves = torch.cos(torch.arange(len(flat), dtype=torch.float64))
    size, length = float(flat.abs().sum()), float(flat.norm())
    return [int(flat.count_nonzero()), size, length, size + float((flat * waves).sum())]


def versions(name: str) -> dict[str, str | int]:
    """What a change of the arithmetic must change, and the config's choices beside it."""
    shared = {module: keys.module_version(module) for module in keys.SHARED}
    found = {"torch": version("torch").split("+")[0], **shared}
    if name in METHODS:
        module = METHODS[name]["function"].split(".")[0]
        found[module] = keys.module_version(f"methods.{module}")
        found["config"] = keys.key({**METHODS[name], "title": ""})
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
        return (f"arithmetic of {name} changed: bump VERSION in its file (or in training.py, "
                f"networks.py, … where the change is) and re-record with `{RECORD}`")  # fmt: skip
    return None


def committed() -> dict[str, dict]:
    return json.loads(FILE.read_text()) if FILE.exists() else {}


@pytest.mark.parametrize("name", NAMES)
def test_the_arithmetic_is_the_one_that_the_versions_stand_for(project, name, tmp_path):
    wrong = complaint(name, fingerprint(name, tmp_path / "state"), committed().get(name))
    assert wrong is None, wrong


def test_every_fingerprint_is_of_something_that_there_is():
    assert committed().keys() == set(NAMES)


@pytest.mark.parametrize("name", ["magnitude", "small-dense"])
def test_a_small_change_of_the_arithmetic_is_noticed(project, name, tmp_path, monkeypatch):
    monkeypatch.setattr("brainside.training.SCHEDULES", {"cosine": lambda done: 1.02 - done})
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
    FILE.write_text(json.dumps(new, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] != ["--record"]:
        sys.exit(f"usage: {RECORD}")
    with tempfile.TemporaryDirectory() as scratch:
        record(Path(scratch))
