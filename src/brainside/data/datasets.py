"""Datasets: published files and regenerated variations, checked, split and normalised.

Importing this module does not import PyTorch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainside.data.catalogue import entry
from brainside.data.preparation import SPLITS, read_prepared

if TYPE_CHECKING:
    from torch import Tensor


VERSION = 1  # of the normalisation; the arrays themselves are in every key by their digest
BLOCK = 1_000  # images counted at once, to bound memory


@dataclass(frozen=True)
class Split:
    """One part of a dataset, ready for a network."""

    images: Tensor  # float32 (N, C, H, W), (value - mean) / std of the training split's channels
    labels: Tensor  # int64 (N,)

    def to(self, device: str) -> Split:
        """The same part with its tensors on a device (`cpu`, `cuda`)."""
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Data:
    """A dataset with its three fixed parts; `digest` is the SHA-256 of its canonical arrays."""

    name: str
    train: Split
    valid: Split
    test: Split
    digest: str
    classes: int

    def to(self, device: str) -> Data:
        """The same dataset with its tensors on a device (`cpu`, `cuda`)."""
        return replace(self, **{split: getattr(self, split).to(device) for split in SPLITS})


def load(name: str, file: Path | None = None) -> Data:
    """Load a dataset, standardised per channel; it is prepared first where it has not been.

    It is read from a prepared `file`, or from the one in data/prepared/.

    Raises Refused when the name is unknown, a file is missing or altered, or the arrays do not
    have the digest in config/datasets.yaml.
    """
    arrays = read_prepared(name, file)
    statistics = channel_statistics(arrays["train_images"])
    splits = {
        split: _split(arrays[f"{split}_images"], arrays[f"{split}_labels"], statistics)
        for split in SPLITS
    }
    return Data(name, **splits, digest=entry(name)["digest"], classes=entry(name)["classes"])


def channel_statistics(images: np.ndarray) -> list[tuple[float, float]]:
    """Mean and standard deviation of each channel of images (N, C, H, W), rounded to 6 decimals.

    Bytes (uint8) are divided by 255 first, other values are taken as they are. Levels are counted
    and summed exactly, so that the result does not depend on the order of summation.
    """
    return [_mean_and_deviation(images[:, channel]) for channel in range(images.shape[1])]


def _mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    levels, counts = _levels(values)
    mean = math.fsum(levels * counts) / values.size
    variance = math.fsum((levels - mean) ** 2 * counts) / values.size
    return round(mean, 6), round(math.sqrt(variance), 6)


def _levels(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if values.dtype != np.uint8:
        levels, counts = np.unique(values, return_counts=True)
        return levels.astype(np.float64), counts
    blocks = (values[start : start + BLOCK] for start in range(0, len(values), BLOCK))
    none = np.zeros(256, np.int64)
    counts = sum((np.bincount(block.ravel(), minlength=256) for block in blocks), none)
    return np.arange(256) / 255, counts


def _split(images: np.ndarray, labels: np.ndarray, statistics: list[tuple[float, float]]) -> Split:
    import torch

    scale = 255 if images.dtype == np.uint8 else 1
    mean, deviation = torch.tensor(statistics).T[:, :, None, None]  # (C, 1, 1) each
    pixels = torch.from_numpy(images).float().div_(scale).sub_(mean).div_(deviation)
    return Split(pixels, torch.from_numpy(labels).long())
