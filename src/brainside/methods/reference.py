"""The uncompressed network of a task, which pruning starts from and methods are compared with."""

from dataclasses import replace

from brainside.methods.contract import Params, Run, each_budget
from brainside.methods.shared.dense import train_dense
from brainside.representations.compressed import Compressed

VERSION = 1
PARAMS: Params = {"sweep": {}}


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Train the task's own architecture from scratch; the only budget is 1."""
    return train_dense(replace(run.at(budget), progress=run.progress), run.task.network)
