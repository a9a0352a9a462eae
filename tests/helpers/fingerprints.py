"""Every method for a few steps: the numbers that guard its arithmetic."""

from pathlib import Path

import torch
from torch import Tensor

from brainside.base.progress import Progress
from brainside.methods.contract import Start, Starts, Task, Weights, find
from brainside.networks.architectures import weight_count
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.training.evaluation import evaluate
from helpers import tiny
from helpers.project import QUICK
from helpers.tiny import recipe, tiny_data

METHODS = QUICK["methods"]


def task(name: str = "") -> Task:
    network = {"name": "mlp", "sizes": [64, 24, 3], "dropout": 0.2}
    if METHODS.get(name, {}).get("function", "").startswith("yu2019"):
        network = {"name": "slimnet", "image": [1, 8, 8], "widths": [12, 12], "pool_after": [0],
                   "classes": 3}  # fmt: skip
    return Task("tiny/mlp24", tiny_data(60, (1, 8, 8)), network, weight_count(network))


def started(
    given: Task, folder: Path, name: str = "", **changes
) -> Start | Starts | Weights | None:
    """What a method starts from, trained on its task; or weights that it may have."""
    entry = METHODS.get(name, {"reference": True})
    if "weights_of" in entry:
        return Weights({1 / 2: 700, 1 / 4: 350})
    if not (start := entry.get("reference")):
        return None
    if METHODS.get(start, {}).get("reference"):
        return Starts({each.budget: each for each in run(start, folder, given)})
    function = METHODS[start]["function"] if isinstance(start, str) else "reference.sweep"
    chosen, progress = recipe(held_out=20, **changes), Progress("reference", folder)
    (stored,) = tiny.run(find(function), given, progress, [1.0], chosen, seed=5)
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=1.0)
    decoded.columns["epochs_total"] = 2
    return Start(decoded)


def run(name: str, folder: Path, given: Task | None = None) -> list[Compressed]:
    """The networks of a method of the quick study on a tiny task, with its first choices."""
    entry, given = METHODS[name], given or task(name)
    drawn = {field: space["choice"][0] for field, space in entry.get("search", {}).items()}
    params = {**entry.get("params", {}), "held_out": 20}
    chosen = recipe(**{**entry.get("recipe", {}), "epochs": 2}, **params, **drawn)
    budgets = [1.0] if name in ("reference", "supernet") else [1 / 2, 1 / 4]
    return tiny.run(
        find(entry["function"]), given, Progress(name, folder), budgets, chosen, seed=5,
        start=started(given, folder, name))  # fmt: skip


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
