"""Gradual pruning inside one training: the share of removed weights grows by a cubic law.

Zhu, Gupta (2017), "To prune, or not to prune", equation 1.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.methods.contract import Task
from brainside.methods.shared.pruning import Masks, keep, stored
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of
from brainside.training.loop import train

VERSION = 1


def sweep(
    task: Task,
    budgets: Sequence[float],
    *,
    settings: Callable,
    seed: int,
    reference: Compressed,
    resume: None,
    progress: Progress,
) -> Iterator[Compressed]:
    """Prune the reference while it trains on, by magnitude, anew for each budget.

    Settings: `every` (steps between two changes of the mask), `end` (the fraction of the training
    after which the mask is final), `ranking` (`layer` as in the paper, or `global`), the recipe.
    """
    for budget in budgets:
        chosen, network = settings(budget), reference.network().to(task.device)
        gradual = Gradual(network, masks_of(reference), task.stored_weights(budget), chosen, task)
        trained = train(
            network,
            task.data,
            chosen,
            seed=derive(seed, "gradual", f"{budget:.6g}"),
            progress=progress.at(f"budget {budget:.4g}"),
            constrain=gradual,
        )
        epochs = reference.columns["epochs_total"]
        yield stored(network, task, gradual.masks(), budget, epochs, trained)


class Gradual:
    """The constraint after every step. Masks and steps are buffers, so a resume point has them."""

    def __init__(
        self,
        network: nn.Module,
        masks: Masks,
        kept: int,
        chosen: Mapping[str, Any],
        task: Task,
    ):
        """Give a network the buffers; `kept` weights are left at the end."""
        self.network, self.kept, self.chosen = network, kept, chosen
        self.total = sum(mask.numel() for mask in masks.values())
        steps = -(-len(task.data.train.labels) // chosen["batch"]) * chosen["epochs"]
        self.end = max(1, int(chosen["end"] * steps))
        self.names = {name: f"mask_{name.replace('.', '_')}" for name in masks}
        for name, buffer in self.names.items():
            network.register_buffer(buffer, masks[name].to(task.device))
        network.register_buffer("steps_done", torch.zeros((), dtype=torch.int64))

    def masks(self) -> Masks:
        """The masks as they are."""
        return {name: self.network.get_buffer(b).cpu() for name, b in self.names.items()}

    @torch.no_grad()
    def __call__(self, network: nn.Module) -> None:
        """Update the masks when it is time, and put removed weights back to zero."""
        network.steps_done += 1
        step = int(network.steps_done)
        parameters = dict(network.named_parameters())
        if step == self.end or (step < self.end and step % self.chosen["every"] == 0):
            left = left_at(step / self.end, self.total, self.kept)
            scores = {name: parameters[name].abs().cpu() for name in self.names}
            masks = keep(scores, self.masks(), left, ranking=self.chosen["ranking"])
            for name, buffer in self.names.items():
                network.get_buffer(buffer).copy_(masks[name])
        for name, buffer in self.names.items():
            parameters[name].mul_(network.get_buffer(buffer))


def left_at(done: float, total: int, kept: int) -> int:
    """Weights left when a fraction `done` of the pruning is over (equation 1)."""
    return kept + round((total - kept) * (1 - done) ** 3)
