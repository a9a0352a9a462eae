"""The loss of a network that is taught by another: dark knowledge.

Hinton, Vinyals, Dean (2015), "Distilling the knowledge in a neural network", section 2.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.data.datasets import Split
from brainside.training.evaluation import CHUNK
from brainside.training.loop import Objective


def objective(teacher: nn.Module, train: Split, settings: Mapping[str, Any]) -> Objective:
    """The loss of a student: α H(y, q(1)) + (1 − α) T² H(p(T), q(T)).

    H is the cross-entropy, y are the labels, p(T) and q(T) the teacher's and the student's outputs
    softened by the `temperature` T, and α is `mixing`; T² keeps the gradients' scale (section 2).
    """
    mixing, temperature = settings["mixing"], settings["temperature"]
    soft = _logits(teacher, train).div(temperature).softmax(1)

    def loss(network: nn.Module, images: Tensor, labels: Tensor, places: Tensor) -> Tensor:
        """The student's loss on a batch, whose images are at `places` of the training set."""
        outputs = network(images).float()
        hard = functional.cross_entropy(outputs, labels)
        taught = functional.cross_entropy(outputs / temperature, soft[places])
        return mixing * hard + (1 - mixing) * temperature**2 * taught

    return loss


@torch.no_grad()
def _logits(teacher: nn.Module, train: Split) -> Tensor:
    teacher.to(train.images.device).eval()
    return torch.cat([teacher(images) for images in train.images.split(CHUNK)])
