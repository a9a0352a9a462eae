"""The uncompressed network of a task: where pruning starts, what all is compared with."""

from collections.abc import Callable, Iterator, Sequence

from torch import nn

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.networks import architectures
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_dense
from brainside.training.loop import Objective, train

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: None,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Train the task's own architecture from scratch; the only budget is 1."""
    for budget in budgets:
        yield train_dense(task, task.network, budget, settings, seed=seed, progress=progress)


def initial(spec: dict, seed: int) -> nn.Module:
    """A network as it is before training from scratch."""
    return architectures.build(spec, seed=derive(seed, "initial weights"))


def train_dense(
    task: Task,
    spec: dict,
    budget: float,
    settings: Callable,
    *,
    seed: int,
    progress: Progress,
    objective: Objective | None = None,
) -> Compressed:
    """Train one network of the given spec from scratch, and store all its weights."""
    network = initial(spec, seed)
    trained = train(
        network, task.data, settings(budget), seed=seed, progress=progress, objective=objective
    )
    return of_dense(
        network,
        spec,
        budget=budget,
        epochs_total=trained.epochs,
        diverged=trained.diverged,
        valid_loss_before=trained.valid_loss_before,
    )
