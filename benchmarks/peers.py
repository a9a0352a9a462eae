"""What others do on LeNet-300-100, written as it is usually written, over what we do."""

import io
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from loops import IMAGES, RECIPE, epochs, loader, usual_epoch, usual_optimiser
from timing import ratios
from torch import nn
from torch.nn.utils import prune

from brainside.base.progress import Progress
from brainside.data.datasets import Data, Split, load
from brainside.data.preparation import read_prepared
from brainside.methods import han2015magnitude, reference
from brainside.methods.contract import Run, Start, Task
from brainside.networks import architectures
from brainside.networks.weights import weight_count
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed
from brainside.training.evaluation import evaluate

LENET = {"name": "mlp", "sizes": [784, 300, 100, 10]}
SCHEDULE = [1 / 2, 1 / 4, 1 / 6, 1 / 8, 1 / 12]  # an epoch each, and one of the whole network
TESTED = 2_560  # images
TITLES = {"float32": "fp32", "bfloat16": "ours bf16"}


def measure() -> Iterator[tuple[str, list[float]]]:
    """An epoch, and pruning from the first initial weight to the last file that is evaluated."""
    for precision, title in TITLES.items():
        usual, ours, _ = epochs("mnist", LENET, precision)
        figure = f"usual loop over ours, LeNet-300-100, batch 128, {title}"
        yield figure, ratios(usual, ours, repetitions=5)
    for precision, title in TITLES.items():
        figure = f"usual script over our sweep, LeNet-300-100 pruned to a twelfth, {title}"
        yield figure, ratios(_script(), _sweep(precision), repetitions=3)


def _script() -> Callable[[], object]:
    """Mask and retrain by torch.nn.utils.prune, with a DataLoader; the last network is saved."""
    arrays, count = read_prepared("mnist"), IMAGES["mnist"]
    batches = loader(arrays["train_images"][:count], arrays["train_labels"][:count])
    tested = arrays["test_images"][:TESTED], arrays["test_labels"][:TESTED]

    def work() -> list[float]:
        network = architectures.build(LENET, seed=0)
        usual_epoch(network, batches, usual_optimiser(network))
        layers = [(layer, "weight") for layer in network if isinstance(layer, nn.Linear)]
        errors = []
        for before, budget in pairwise([1.0, *SCHEDULE]):
            prune.global_unstructured(layers, prune.L1Unstructured, amount=1 - budget / before)
            usual_epoch(network, batches, usual_optimiser(network))
            errors.append(_error(network, *tested))
        for layer, name in layers:
            prune.remove(layer, name)
        torch.save(network.state_dict(), io.BytesIO())
        return errors

    return work


def _error(network: nn.Module, images: np.ndarray, labels: np.ndarray) -> float:
    network.eval()
    wrong = 0
    with torch.no_grad():
        for batch, target in loader(images, labels, shuffle=False):
            wrong += int((network(batch).argmax(1) != target).sum())
    return wrong / len(labels)


def _sweep(precision: str) -> Callable[[], object]:
    """The same by our method: at each budget the file is written, decoded and evaluated."""
    data, count = load("mnist"), IMAGES["mnist"]
    part = Split(data.train.images[:count], data.train.labels[:count])
    test = Split(data.test.images[:TESTED], data.test.labels[:TESTED])
    task = Task("mnist/lenet300", Data("mnist", part, test, test, "", 10), LENET,
                weight_count(LENET))  # fmt: skip
    settings = {**RECIPE, "precision": precision, "iterative": True, "ranking": "global"}
    quiet = Progress("peers", Path("nowhere"))

    def run(budgets: list[float], start: Start | None = None) -> Run:
        return Run(task, budgets, lambda _: settings, 0, quiet, start, points=budgets)

    def work() -> list[float]:
        (whole,) = reference.sweep(run([1.0]))
        pruned = han2015magnitude.sweep(run(SCHEDULE, Start(whole)))
        with tempfile.TemporaryDirectory() as folder:
            return [_evaluated(stored, Path(folder) / "checkpoint", test) for stored in pruned]

    return work


def _evaluated(stored: Compressed, file: Path, test: Split) -> float:
    checkpoint.write(stored, file)
    return evaluate(checkpoint.read(file).network(), test, "cross-entropy").error
