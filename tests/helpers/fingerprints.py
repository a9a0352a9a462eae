"""Every method for a few steps: the numbers that guard its arithmetic."""

from pathlib import Path

import torch
from torch import Tensor

from brainside.base import keys
from brainside.base.progress import Progress
from brainside.methods.contract import Start, Starts, Task, Weights, find
from brainside.networks.parameters import split
from brainside.networks.weights import weight_count
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.study.configs import read_study
from brainside.training.evaluation import evaluate
from helpers import tiny
from helpers.project import QUICK, ROOT
from helpers.tiny import recipe, tiny_data

PREFIX = "paper: "
WHOLE = ("reference.sweep", "courbariaux2015qat.sweep")  # whose only budget is 1
# Of protocols, cut to the tiny task.
SIZES = {"prunings": 5, "wait": 5, "patience": 2, "every": 10, "images": 20}


def small_params(params: dict) -> dict:
    """A method's parameters in the paper study, with the sizes and layers of the tiny network."""
    cut = {**params, **{name: size for name, size in SIZES.items() if name in params}}
    if "hubs" in cut:
        cut["hubs"] = {"1.weight": min(12, *cut["hubs"].values())}
    if "shares" in cut:
        cut["shares"] = {"1.weight": 0.2}
    return cut


def of_the_paper(quick: dict) -> dict[str, dict]:
    """What the paper study asks of a method and the quick one does not, each call of it once."""
    entries, known = {}, {_call(entry) for entry in quick.values()}
    for name, entry in read_study(ROOT / "config/paper")["methods"].items():
        kept = {**entry, "params": small_params(entry.get("params", {}))}
        if (call := _call(kept)) not in known:
            known.add(call)
            if kept.get("reference") not in (*quick, None):
                kept["reference"] = True
            entries[PREFIX + name] = kept
    return entries


def _call(entry: dict) -> str:
    """The function with its parameters, the way it is trained, and what it starts from."""
    way = {name: entry.get("recipe", {}).get(name) for name in ("precision", "schedule", "clip")}
    start = bool(entry.get("reference")), bool(entry.get("weights_of"))
    return keys.key([entry["function"], entry.get("params", {}), way, start])


METHODS = QUICK["methods"] | of_the_paper(QUICK["methods"])


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
    search = entry.get("search", {})
    drawn = {field: space["choice"][0] for field, space in search.items() if "choice" in space}
    params = {**entry.get("params", {}), "held_out": 20}
    chosen = recipe(**{**entry.get("recipe", {}), "epochs": 2}, **params, **drawn)
    whole = name.removeprefix(PREFIX) == "supernet" or entry["function"] in WHOLE
    budgets = [1.0] if whole else [1 / 2, 1 / 4]
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
