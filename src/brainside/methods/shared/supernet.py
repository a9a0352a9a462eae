"""A slimmable network as a judge of widths: its loss at some widths, and training of these anew.

Yu, Huang (2019), "AutoSlim: towards one-shot architecture search for channel numbers", section 3.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.data.datasets import Data, Split
from brainside.methods.contract import Point, Settings, Task
from brainside.methods.shared.dense import train_dense
from brainside.networks.slimmable import extracted, first, forward_at, recalibrated
from brainside.representations.compressed import Compressed
from brainside.training.evaluation import evaluate
from brainside.training.loop import as_trained, to_device
from brainside.training.precision import products

CALIBRATION = 1000  # images that normalisation is adjusted with
AT_ONCE = 200  # images whose activations stay in a core's cache


def training_part(train: Split, held_out: int) -> Split:
    """The training images without the last `held_out` ones."""
    return Split(train.images[:-held_out], train.labels[:-held_out])


def held_out_part(train: Split, held_out: int) -> Split:
    """The last `held_out` training images, on which widths are scored."""
    return Split(train.images[-held_out:], train.labels[-held_out:])


def network_of(supernet: Compressed, task: Task) -> nn.Sequential:
    """The supernet's network, where the data are and in the layout that is fastest."""
    network = supernet.network()
    to_device(network, task.device)
    return network


def scored_on(task: Task, network: nn.Module, settings: Settings) -> Split:
    """The held-out images, in the precision that the supernet was trained in."""
    held_out = held_out_part(task.data.train, settings["held_out"])
    return as_trained(held_out, network, settings["precision"])


@torch.no_grad()
def loss_at(network: nn.Sequential, widths: Sequence[int], held_out: Split) -> float:
    """The supernet's loss at some widths on held-out images; infinite where it is not a number.

    Its normalisation is recalibrated on the first of the images that it is scored on, without their
    labels. In the images' precision, float32 or bfloat16.
    """
    device, total = held_out.images.device, 0.0
    half = held_out.images.dtype == torch.bfloat16
    with products(half, device), torch.autocast(device.type, torch.bfloat16, enabled=half):
        statistics = recalibrated(network, held_out.images[:CALIBRATION], widths)
        parts = held_out.images.split(AT_ONCE), held_out.labels.split(AT_ONCE)
        for images, labels in zip(*parts, strict=True):
            outputs = forward_at(network, images, widths, statistics).float()
            total += float(functional.cross_entropy(outputs, labels, reduction="sum"))
    return total / len(held_out.labels) if math.isfinite(total) else math.inf


def refuse_diverged(loss: float, widths: Sequence[int]) -> None:
    """Raise Refused where the supernet's loss at some widths is not finite."""
    if math.isinf(loss):
        raise Refused(f"the supernet diverged: its loss at widths {list(widths)} is not finite")


def predictions(
    supernet: nn.Sequential, task: Task, widths: Sequence[int], settings: Settings
) -> dict[str, float]:
    """Columns: the supernet's score of some widths, and its validation error and loss there.

    Raises Refused where its widest network has no finite score.
    """
    held_out, widest = scored_on(task, supernet, settings), task.network["widths"]
    refuse_diverged(loss_at(supernet, widest, held_out), widest)
    small = slimmed(supernet, task.network, widths, task.data)
    evaluation = evaluate(small, task.data.valid, settings["loss"])
    return {
        "supernet_loss": loss_at(supernet, widths, held_out),
        "supernet_valid_error": evaluation.error,
        "supernet_valid_loss": evaluation.loss,
    }


def slimmed(
    network: nn.Sequential, spec: Mapping[str, Any], widths: Sequence[int], data: Data
) -> nn.Sequential:
    """The supernet's network of some widths, recalibrated on training images."""
    images = data.train.images[:CALIBRATION]
    statistics = recalibrated(network.to(images.device), images, widths)
    return extracted(network, spec, first(widths), statistics)


def of_widths(point: Point, widths: Sequence[int], **columns: Any) -> Compressed:
    """Train the network of some widths from scratch. Columns: these, and those given."""
    stored = train_dense(point, {**point.task.network, "widths": list(widths)})
    return replace(stored, columns={**stored.columns, "widths": text_of(widths), **columns})


def text_of(values: Iterable[Any]) -> str:
    """Values in a column of the record, with spaces between them."""
    return " ".join(map(str, values))
