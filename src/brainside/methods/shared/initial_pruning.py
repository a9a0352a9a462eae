"""Pruning at initialisation: choose masks for an untrained network, then train it under them."""

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn

from brainside.base.errors import Refused
from brainside.base.seeds import derive
from brainside.data.datasets import Split
from brainside.methods.contract import Method, Point, Run, each_budget
from brainside.methods.shared.dense import initial
from brainside.methods.shared.pruning import Masks, keep, keep_all, retrain
from brainside.representations.compressed import Compressed

# (untrained network, budget's point) -> the masks that it is trained under
Choice = Callable[[nn.Sequential, Point], Masks]


def prune_initial(choice: Choice) -> Method:
    """The method that trains the initial network of the run's seed under masks chosen before.

    No start is needed. The recipe is the task's, since this is a training from scratch.
    """

    @each_budget
    def sweep(run: Run, budget: float) -> Compressed:
        """Choose masks for the initial network, and train it under them."""
        point, network = run.at(budget), initial(run.task.network, run.seed)
        return retrain(point, network, choice(network, point), epochs_before=0)

    return sweep


def most_salient(scores: dict[str, Tensor], kept: int) -> Masks:
    """Masks of exactly `kept` weights, those of the highest scores in the whole network."""
    return keep(scores, keep_all(scores), kept, ranking="global")


def drawn_images(point: Point, use: str) -> Split:
    """As many training images as the parameter `images` says, the same ones at every budget.

    They are drawn without replacement from a seed derived for `use`. Raises Refused where the
    training set has fewer.
    """
    train, wanted = point.task.data.train, point.settings["images"]
    if wanted > len(train.labels):
        raise Refused(f"images {wanted}: {point.task.name} has {len(train.labels)} to train on")
    generator = torch.Generator().manual_seed(derive(point.seed, use))
    chosen = torch.randperm(len(train.labels), generator=generator)[:wanted]
    chosen = chosen.to(train.labels.device)
    return Split(train.images[chosen], train.labels[chosen])


def double_copy(network: nn.Sequential, device: str) -> nn.Sequential:
    """A copy in double precision that runs as in training, but without dropout.

    Batch normalisation thus uses the statistics of the batch, as those that it has collected mean
    nothing before training.
    """
    copied = deepcopy(network).double().to(device).train()
    for layer in copied.modules():
        if isinstance(layer, nn.Dropout):
            layer.eval()
    return copied
