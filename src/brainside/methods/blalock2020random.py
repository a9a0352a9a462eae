"""Random pruning, the control that any saliency must beat.

Blalock, Gonzalez Ortiz, Frankle, Guttag (2020), "What is the state of neural network pruning?",
section 6, ask for it as a baseline.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.shared.pruning import prune_and_retrain
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed

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
    """Prune the reference at random, retraining as magnitude pruning does."""

    def saliency(network: nn.Module, chosen: Mapping[str, Any], budget: float) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(derive(seed, "mask", f"{budget:.6g}"))
        weights = split(network)[0]
        return {n: torch.rand(w.shape, generator=generator) for n, w in weights.items()}

    return prune_and_retrain(
        task,
        budgets,
        saliency,
        settings=settings,
        seed=seed,
        reference=reference,
        resume=resume,
        progress=progress,
    )
