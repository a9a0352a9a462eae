"""Equal tuning effort: every method gets the same number of random trials on validation data.

One seed that no result uses, shortened training, one search at each tuning budget. The trials are
a committed result, and a sweep's key contains the search's key.
"""

import json
import math
import shutil
from collections.abc import Callable, Mapping
from typing import Any

import torch

from brainside.archive.specs import explain
from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.base.paths import STATE
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.jobs.inputs import settings_of, start_of
from brainside.methods.contract import Task, find, open_task
from brainside.representations.compressed import Compressed
from brainside.study.searches import Search
from brainside.training.evaluation import evaluate
from brainside.training.machine import prepare


def run(search: Search) -> None:
    """Run every trial (resuming after those already done) and write the file."""
    prepare()
    spec = search.spec
    task = open_task(spec["task"], spec["numerics"]["device"])
    folder = STATE / search.key
    trials = []
    for number, drawn in enumerate(draw_all(spec["search"], spec["trials"], spec["seed"])):
        label = f"tuning {search.task} {search.method}, trial {number + 1}/{spec['trials']}"
        kept = folder / f"{number}.json"
        if not kept.exists():
            results = _trial(search, task, drawn, Progress(label, folder))
            write_whole(kept, json.dumps(results).encode())
        trials += json.loads(kept.read_text())
    best = {f"{b:.6g}": _best(trials, b)["settings"] for b in spec["budgets"]}
    text = explain({"key": search.key, "spec": spec, "trials": trials, "best": best})
    write_whole(search.path, text.encode())
    shutil.rmtree(folder, ignore_errors=True)


def draw_all(search: Mapping[str, Mapping], trials: int, seed: int) -> list[dict[str, Any]]:
    """The settings of every trial.

    A choice goes through its list in a shuffled order, again and again, so that with as many
    trials as choices each is tried; a range is drawn uniformly in the logarithm.
    """
    drawn: dict[str, list[Any]] = {}
    for name, space in search.items():
        generator = torch.Generator().manual_seed(derive(seed, "search", name))
        if "choice" in space:
            options = space["choice"]
            rounds = range(math.ceil(trials / len(options)))
            order = [i for _ in rounds for i in torch.randperm(len(options), generator=generator)]
            drawn[name] = [options[i] for i in order[:trials]]
        else:
            low, high = map(math.log, space["log_uniform"])
            uniform = torch.rand(trials, generator=generator, dtype=torch.float64).tolist()
            drawn[name] = [float(f"{math.exp(low + u * (high - low)):.6g}") for u in uniform]
    return [{name: values[t] for name, values in drawn.items()} for t in range(trials)]


def _trial(
    search: Search, task: Task, drawn: Mapping[str, Any], progress: Progress
) -> list[dict[str, Any]]:
    """One trial's results at all tuning budgets: a trajectory passes them one after the other."""
    spec = search.spec
    settings = settings_of(spec, lambda _: drawn)

    def shortened(at: float) -> dict[str, Any]:
        chosen = settings(at)
        return {**chosen, "epochs": max(1, round(chosen["epochs"] * spec["epochs_factor"]))}

    budgets = spec["budgets"]
    points = spec["method"].get("schedule", budgets)
    networks = find(spec["method"]["function"])(
        task,
        [point for point in points if point >= min(budgets)],
        settings=shortened,
        seed=spec["seed"],
        reference=start_of(search),
        resume=None,
        progress=progress,
    )
    found = {budget: {"valid_error": 1.0, "valid_loss": None} for budget in budgets}
    try:
        for compressed in networks:
            if compressed.budget in budgets:
                found[compressed.budget] = _valid(compressed, task, settings)
    except Refused as refusal:  # a drawn shape that does not fit a budget loses, nothing else
        progress(f"left out: {refusal}")
    return [{"budget": budget, "settings": dict(drawn), **found[budget]} for budget in budgets]


def _valid(compressed: Compressed, task: Task, settings: Callable) -> dict[str, float | None]:
    valid = evaluate(compressed.network(), task.data.valid, settings(compressed.budget)["loss"])
    loss = valid.loss if math.isfinite(valid.loss) else None
    return {"valid_error": valid.error, "valid_loss": loss}


def _best(trials: list[dict[str, Any]], budget: float) -> dict[str, Any]:
    """Least validation error, ties by validation loss, then by the order of the trials."""
    of_budget = [trial for trial in trials if trial["budget"] == budget]
    return min(of_budget, key=lambda t: (t["valid_error"], _or_infinite(t["valid_loss"])))


def _or_infinite(loss: float | None) -> float:
    return math.inf if loss is None else loss
