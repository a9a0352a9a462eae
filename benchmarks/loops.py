"""An epoch of the usual loop (torchvision, transforms, DataLoader, SGD) over one of ours."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from floor import products
from PIL import Image
from timing import ratios
from torch import nn
from torch.utils.data import DataLoader, Dataset

from brainside.base.progress import Progress
from brainside.data.datasets import Data, Split, load
from brainside.data.preparation import read_prepared
from brainside.data.torchvision import torchvision
from brainside.networks import architectures
from brainside.training.loop import train

IMAGES = {"mnist": 12_800, "cifar10": 1_280}
RECIPE = {"loss": "cross-entropy", "learning_rate": 0.01, "momentum": 0.9, "weight_decay": 1e-4,
          "l1": 0.0, "schedule": "cosine", "epochs": 1, "batch": 128}  # fmt: skip
MLP = {"name": "mlp", "sizes": [784, 1000, 10]}
CONVNET = {"name": "denil", "image": [3, 32, 32], "channels": [24, 32, 32], "kernels": [5, 5, 5],
           "hidden": [500], "classes": 10}  # fmt: skip


CASES = {
    "MNIST MLP, batch 128, fp32": ("mnist", MLP, "float32", 5),
    "MNIST MLP, batch 128, ours bf16": ("mnist", MLP, "bfloat16", 5),
    "CIFAR-10 convnet, batch 128, ours bf16": ("cifar10", CONVNET, "bfloat16", 3),
}


def measure() -> Iterator[tuple[str, list[float]]]:
    """The usual loop over ours, and over the products of our steps alone: what is possible."""
    for case, (name, spec, precision, repetitions) in CASES.items():
        usual, ours, floor = epochs(name, spec, precision)
        yield f"usual loop over ours, {case}", ratios(usual, ours, repetitions=repetitions)
        yield f"usual loop over floor, {case}", ratios(usual, floor, repetitions=repetitions)


class Usual(Dataset):
    """A data set as torchvision's are: an image object an index, transformed one by one."""

    def __init__(self, images: np.ndarray, labels: np.ndarray):
        self.images, self.labels = images, labels
        channels = images.shape[1]
        self.transform = torchvision.transforms.Compose([
            torchvision.transforms.ToTensor(),
            torchvision.transforms.Normalize([0.5] * channels, [0.5] * channels),
        ])  # fmt: skip

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        pixels = self.images[index]
        image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
        return self.transform(image), int(self.labels[index])


def epochs(name: str, spec: dict, precision: str) -> list[Callable[[], object]]:
    """One epoch over the same images: usual, ours, and our products alone."""
    arrays, count = read_prepared(name), IMAGES[name]
    usual = _usual(arrays["train_images"][:count], arrays["train_labels"][:count], spec)
    data = load(name)
    part = Split(data.train.images[:count], data.train.labels[:count])
    ours = Data(name, part, part, part, "", 10)
    network = architectures.build(spec, seed=0)
    recipe = {**RECIPE, "precision": precision}
    quiet = Progress("loop", Path("nowhere"))
    train(network, ours, recipe, seed=0, progress=quiet)  # in our layout from here on
    step = products(network, part.images[: RECIPE["batch"]], getattr(torch, precision))
    return [
        usual,
        lambda: train(network, ours, recipe, seed=0, progress=quiet),
        lambda: [step() for _ in range(count // RECIPE["batch"])],
    ]


def _usual(images: np.ndarray, labels: np.ndarray, spec: dict) -> Callable[[], None]:
    network, batches = architectures.build(spec, seed=0), loader(images, labels)
    optimiser = usual_optimiser(network)
    return lambda: usual_epoch(network, batches, optimiser)


def loader(images: np.ndarray, labels: np.ndarray, *, shuffle: bool = True) -> DataLoader:
    """The usual batches of uint8 images (N, C, H, W)."""
    return DataLoader(Usual(images, labels), batch_size=RECIPE["batch"], shuffle=shuffle)


def usual_optimiser(network: nn.Module) -> torch.optim.SGD:
    """The same steps as those of `RECIPE`."""
    return torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)


def usual_epoch(network: nn.Module, batches: DataLoader, optimiser: torch.optim.SGD) -> None:
    """Train a network in place for one epoch, and sum the losses up."""
    network.train()
    total = 0.0
    for batch, target in batches:
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(network(batch), target)
        loss.backward()
        optimiser.step()
        total += loss.item()
