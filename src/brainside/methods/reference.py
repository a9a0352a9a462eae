"""The uncompressed network of a task, which pruning starts from and methods are compared with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from brainside.base.seeds import derive
from brainside.methods.contract import Params, Point, Run, each_budget
from brainside.networks import architectures
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense
from brainside.training import loop

VERSION = 1
PARAMS: Params = {"sweep": {}}


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train the task's own architecture from scratch; the only budget is 1."""
    return train_dense(replace(run.at(budget), progress=run.progress), run.task.network)


def initial(spec: Mapping[str, Any], seed: int) -> nn.Sequential:
    """A network as it is before training from scratch."""
    return architectures.build(spec, seed=derive(seed, "initial weights"))


def train_dense(
    point: Point, spec: Mapping[str, Any], *, objective: loop.Objective | None = None
) -> Compressed:
    """Train one network of the given spec from scratch, and store all its weights."""
    network = initial(spec, point.seed)
    trained = loop.train(
        network,
        point.task.data,
        point.settings,
        seed=point.seed,
        progress=point.progress,
        objective=objective,
    )
    return of_dense(network, spec, budget=point.budget, **trained.columns())
