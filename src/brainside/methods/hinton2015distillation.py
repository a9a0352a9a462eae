"""Dark knowledge: a small network learns what a large one says of every image.

Hinton, Vinyals, Dean (2015), "Distilling the knowledge in a neural network", section 2.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.progress import Progress
from brainside.data.datasets import Split
from brainside.methods.baktash2019controls import narrowed
from brainside.methods.contract import Task
from brainside.methods.reference import train_dense
from brainside.representations.compressed import Compressed
from brainside.training.evaluation import CHUNK
from brainside.training.loop import Objective

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
    """Teach the dense network of equivalent size. Settings: see `objective`."""
    for budget in budgets:
        spec = narrowed(task.network, task.stored_weights(budget))
        taught = objective(reference.network(), task.data.train, settings(budget))
        at = progress.at(f"budget {budget:.4g}")
        yield train_dense(task, spec, budget, settings, seed=seed, progress=at, objective=taught)


def objective(teacher: nn.Module, train: Split, chosen: Mapping[str, Any]) -> Objective:
    """The loss of a student: `mixing` of the labels' cross-entropy, the rest of the teacher's.

    Both softened by `temperature` T in the second part, which T² brings back to scale.
    """
    mixing, temperature = chosen["mixing"], chosen["temperature"]
    soft = _logits(teacher, train).div(temperature).softmax(1)

    def loss(network: nn.Module, images: Tensor, labels: Tensor, places: Tensor) -> Tensor:
        outputs = network(images).float()
        hard = functional.cross_entropy(outputs, labels)
        taught = functional.cross_entropy(outputs / temperature, soft[places])
        return mixing * hard + (1 - mixing) * temperature**2 * taught

    return loss


@torch.no_grad()
def _logits(teacher: nn.Module, train: Split) -> Tensor:
    teacher.to(train.images.device).eval()
    return torch.cat([teacher(images) for images in train.images.split(CHUNK)])
