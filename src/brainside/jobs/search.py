"""Equal effort of search: every method gets the same number of random trials on validation data.

One seed that no result uses, shortened training, one search at each budget of search. The trials
are a committed result, and a sweep's key contains the search's key.
"""

import json
import math
import shutil
from collections.abc import Mapping
from typing import Any

import torch

from brainside.archive.specs import explain
from brainside.base.budgets import tag
from brainside.base.errors import Refused
from brainside.base.files import write_whole
from brainside.base.paths import STATE
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.jobs.inputs import points_of, settings_of, start_of
from brainside.methods.contract import Method, Run, Settings, Task, find, open_task
from brainside.representations.compressed import Compressed
from brainside.study.sweeps import Search
from brainside.training.evaluation import evaluate
from brainside.training.machine import prepare

Space = Mapping[str, Mapping[str, list[Any]]]  # by name: a `choice`, or a `log_uniform` range
Trial = dict[str, Any]  # budget, settings, valid_error, valid_loss


def run(search: Search) -> None:
    """Make the file of a search: its trials, and the best settings at each budget of search."""
    prepare()
    spec = search.spec
    task = open_task(spec["task"], spec["numerics"]["device"], search.inputs()["data"])
    run_with(search, task, find(spec["method"]["function"]))


def run_with(search: Search, task: Task, method: Method) -> None:
    """Run every trial of a method on a task, those already done excepted, and write the file."""
    spec, folder = search.spec, STATE / search.key
    trials: list[Trial] = []
    for number, drawn in enumerate(draw_all(spec["search"], spec["trials"], spec["seed"])):
        label = f"tuning {search.task} {search.method}, trial {number + 1}/{spec['trials']}"
        kept = folder / f"{number}.json"
        if not kept.exists():
            results = _trial(search, task, method, drawn, Progress(label, folder))
            write_whole(kept, json.dumps(results).encode())
        trials += json.loads(kept.read_text(encoding="utf-8"))
    chosen = {tag(b): best([t for t in trials if t["budget"] == b]) for b in spec["budgets"]}
    text = explain({"key": search.key, "spec": spec, "trials": trials, "best": chosen})
    write_whole(search.path, text.encode())
    shutil.rmtree(folder, ignore_errors=True)


def draw_all(space: Space, trials: int, seed: int) -> list[dict[str, Any]]:
    """The settings of every trial.

    A choice goes through its list in a shuffled order, again and again, so that with as many
    trials as choices each is tried; a range is drawn uniformly in the logarithm.
    """
    drawn: dict[str, list[Any]] = {}
    for name, values in space.items():
        generator = torch.Generator().manual_seed(derive(seed, "search", name))
        if "choice" in values:
            options = values["choice"]
            rounds = range(math.ceil(trials / len(options)))
            order = [i for _ in rounds for i in torch.randperm(len(options), generator=generator)]
            drawn[name] = [options[i] for i in order[:trials]]
        else:
            low, high = map(math.log, values["log_uniform"])
            uniform = torch.rand(trials, generator=generator, dtype=torch.float64).tolist()
            drawn[name] = [float(f"{math.exp(low + u * (high - low)):.6g}") for u in uniform]
    return [{name: settings[t] for name, settings in drawn.items()} for t in range(trials)]


def _trial(
    search: Search, task: Task, method: Method, drawn: Settings, progress: Progress
) -> list[Trial]:
    """One trial's results at all budgets of search, which a trajectory passes one by one."""
    spec = search.spec
    settings = settings_of(spec, lambda _: drawn)

    def shortened(budget: float) -> Settings:
        """A budget's settings with the share of the epochs that a trial gets."""
        whole = settings(budget)
        return {**whole, "epochs": max(1, round(whole["epochs"] * spec["epochs_factor"]))}

    budgets, points = spec["budgets"], points_of(spec)
    todo = [point for point in points or budgets if point >= min(budgets)]
    run = Run(task, todo, shortened, spec["seed"], progress, start=start_of(search), points=points)
    results = {budget: {"valid_error": 1.0, "valid_loss": None} for budget in budgets}
    try:
        for compressed in method(run):
            if compressed.budget in budgets:
                loss = settings(compressed.budget)["loss"]
                results[compressed.budget] = _valid(compressed, task, loss)
    except Refused as refusal:  # a drawn shape that does not fit a budget loses, nothing else
        progress(f"left out: {refusal}")
    return [{"budget": budget, "settings": dict(drawn), **results[budget]} for budget in budgets]


def _valid(compressed: Compressed, task: Task, loss: str) -> dict[str, float | None]:
    valid = evaluate(compressed.network(), task.data.valid, loss)
    finite = valid.loss if math.isfinite(valid.loss) else None
    return {"valid_error": valid.error, "valid_loss": finite}


def best(trials: list[Trial]) -> Settings:
    """The settings of least validation error; of equal ones by validation loss, then the first."""
    trial = min(trials, key=lambda t: (t["valid_error"], _or_infinite(t["valid_loss"])))
    return dict(trial["settings"])


def _or_infinite(loss: float | None) -> float:
    return math.inf if loss is None else loss
