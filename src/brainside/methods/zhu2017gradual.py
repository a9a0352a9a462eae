"""Gradual pruning within one training: the share of removed weights grows by a cubic law.

Zhu, Gupta (2017), "To prune, or not to prune", section 3, equation 1.
"""

import torch
from torch import nn

from brainside.methods.contract import Point, Run, each_budget
from brainside.methods.shared.pruning import Masks, keep, of_diverged, stored
from brainside.representations.compressed import Compressed
from brainside.representations.plain import masks_of

VERSION = 1
PARAMS = {
    "sweep": {
        "needs": ["reference"],
        "ranking": ["global", "layer", "halved"],  # the paper's is `layer`
        "every": "whole",  # steps between two changes of the mask
        "end": "fraction",  # the part of the training after which the mask is final
    }
}


@each_budget
def sweep(run: Run, budget: float) -> Compressed:
    """Prune the start by magnitude while it trains on, anew for each budget."""
    point, start = run.at(budget), run.start_network
    network = start.network().to(run.task.device)
    gradual = Gradual(network, masks_of(start), point)
    trained = point.train(network, use="gradual", constrain=gradual)
    columns = trained.columns(start.columns["epochs_total"])
    masks = gradual.masks()
    if trained.diverged:  # before the last weights were removed
        masks = of_diverged(masks, point.weights)
    return stored(point, network, masks, columns)


class Gradual:
    """The constraint after every step. Masks and steps are buffers, so a resume point has them."""

    def __init__(self, network: nn.Module, masks: Masks, point: Point):
        """Give a network the buffers; the weights that the budget allows are left at the end."""
        self.network, self.settings, self.kept = network, point.settings, point.weights
        self.total = sum(mask.numel() for mask in masks.values())
        images, batch = len(point.task.data.train.labels), point.settings["batch"]
        steps = -(-images // batch) * point.settings["epochs"]
        self.end = max(1, int(point.settings["end"] * steps))
        self.names = {name: f"mask_{name.replace('.', '_')}" for name in masks}
        for name, buffer in self.names.items():
            network.register_buffer(buffer, masks[name].to(point.task.device))
        network.register_buffer("steps_done", torch.zeros((), dtype=torch.int64))

    def masks(self) -> Masks:
        """The masks as they are now."""
        return {name: self.network.get_buffer(b).cpu() for name, b in self.names.items()}

    @torch.no_grad()
    def __call__(self, network: nn.Module) -> None:
        """Update the masks when it is time, and put removed weights back to zero."""
        step = int(network.get_buffer("steps_done").add_(1))
        parameters = dict(network.named_parameters())
        if step == self.end or (step < self.end and step % self.settings["every"] == 0):
            kept = left_at(step / self.end, self.total, self.kept)
            scores = {name: parameters[name].abs().cpu() for name in self.names}
            masks = keep(scores, self.masks(), kept, ranking=self.settings["ranking"])
            for name, buffer in self.names.items():
                network.get_buffer(buffer).copy_(masks[name])
        for name, buffer in self.names.items():
            parameters[name].mul_(network.get_buffer(buffer))


def left_at(done: float, total: int, kept: int) -> int:
    """Weights left when a fraction `done` of the pruning is over (equation 1)."""
    return kept + round((total - kept) * (1 - done) ** 3)
