"""Where the time of a paper-scale sweep goes: one budget of a pruning trajectory, by share."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from brainside.base.progress import Progress
from brainside.data.datasets import load
from brainside.methods.shared.pruning import keep, magnitudes
from brainside.networks import architectures
from brainside.representations import checkpoint
from brainside.representations.plain import of_sparse
from brainside.representations.sizes import count
from brainside.study import study
from brainside.training.evaluation import evaluate
from brainside.training.loop import train

TASK, METHOD, BUDGET = "mnist/mlp1000", "magnitude-l2", 0.1
KINDS = {
    "products": ("aten::mm", "aten::addmm"),
    "optimiser": ("aten::_fused_sgd_",),
    "gathering batches": ("aten::index",),
    "masks": ("aten::mul_",),
}


def measure() -> Iterator[tuple[str, list[float]]]:
    """Shares of the stages of a budget, and of the kinds of work within its training."""
    config = study.load("config/paper").config
    task, data = config["tasks"][TASK], load(config["tasks"][TASK]["dataset"])
    recipe = {**task["recipe"], **config["methods"][METHOD]["recipe"]}
    network = architectures.build(task["network"], seed=0)
    scores = magnitudes(network)
    everything = {name: torch.ones_like(score, dtype=torch.bool) for name, score in scores.items()}
    kept = int(BUDGET * sum(score.numel() for score in scores.values()))
    with tempfile.TemporaryDirectory() as folder:
        file, quiet = Path(folder) / "checkpoint", Progress("profile", Path("nowhere"))
        stages: dict[str, Callable[[], object]] = {
            "choosing masks": lambda: keep(scores, everything, kept, ranking="global"),
            "training": lambda: train(
                network, data, recipe, seed=0, progress=quiet, constrain=_masked(scores)
            ),
            "storing": lambda: _store(network, task["network"], everything, file),
            "decoding and evaluating": lambda: [
                evaluate(checkpoint.read(file).network(), split, recipe["loss"])
                for split in (data.train, data.valid, data.test)
            ],
        }
        spent = {stage: _seconds(work) for stage, work in stages.items()}
        for stage, seconds in spent.items():
            yield f"share of a pruning budget: {stage}", [seconds / sum(spent.values())]
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            train(network, data, {**recipe, "epochs": 1}, seed=0, progress=quiet,
                  constrain=_masked(scores))  # fmt: skip
    for kind, share in _kinds(profiler).items():
        yield f"share of training: {kind}", [share]


def _masked(scores: dict[str, torch.Tensor]) -> Callable[[torch.nn.Module], None]:
    ones = {name: torch.ones_like(score) for name, score in scores.items()}

    @torch.no_grad()
    def constrain(network: torch.nn.Module) -> None:
        for name, parameter in network.named_parameters():
            if name in ones:
                parameter.mul_(ones[name])

    return constrain


def _store(network: torch.nn.Module, spec: dict, masks: dict, file: Path) -> None:
    stored = of_sparse(network, spec, masks, budget=BUDGET)
    count(stored, (1, 28, 28))
    checkpoint.write(stored, file)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _kinds(profiler: profile) -> dict[str, float]:
    own = {event.key: event.self_cpu_time_total for event in profiler.key_averages()}
    total = sum(own.values())
    shares = {
        kind: sum(time for name, time in own.items() if name.startswith(names)) / total
        for kind, names in KINDS.items()
    }
    return {**shares, "the rest": 1 - sum(shares.values())}
