"""A reference trained on a tiny task, and methods that prune it."""

from brainside.methods import reference
from brainside.methods.contract import Start
from brainside.representations import checkpoint
from helpers.tiny import recipe, run

BUDGETS = [1 / 2, 1 / 4, 1 / 8]


def kept_weights(stored) -> int:
    return sum(weight.numel() for weight in stored.weights.values())


def swept(method, task, quiet, budgets=BUDGETS, *, resume=None, start=None, **settings):
    chosen = recipe(**{"epochs": 1, "iterative": True, "ranking": "global", **settings})
    start = start or trained_reference(task, quiet)
    return run(method, task, quiet, budgets, chosen, start=Start(start), resume=resume)


def trained_reference(task, quiet):
    (stored,) = run(reference.sweep, task, quiet, [1.0], recipe())
    decoded = checkpoint.decode(checkpoint.encode(stored), budget=1.0)
    decoded.columns["epochs_total"] = 2
    return decoded
