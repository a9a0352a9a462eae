"""Magnitude pruning: drop the weights of least |w| and retrain the survivors in place.

Han, Pool, Tran, Dally (2015), "Learning both weights and connections for efficient neural
networks", section 3. They choose a threshold a layer; we keep an exact number of weights, over
the whole network or in each layer. The regulariser (none, L1, L2) is the recipe's `l1` and
`weight_decay`.
"""

from collections.abc import Callable, Iterator, Sequence

from brainside.coding.compressed import Compressed
from brainside.methods.pruning import magnitudes, prune_and_retrain
from brainside.progress import Progress
from brainside.task import Task

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: Compressed | None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Prune the reference by magnitude. Settings: `iterative`, `ranking`, and the recipe."""
    return prune_and_retrain(
        task,
        budgets,
        lambda network, chosen, budget: magnitudes(network),
        settings=settings,
        seed=seed,
        reference=reference,
        resume=resume,
        progress=progress,
    )
