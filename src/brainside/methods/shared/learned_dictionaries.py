"""Dictionaries that are learned from the inputs of layers, and so have to be stored.

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), section 4.1 on the choice of dictionary.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Data, Split
from brainside.networks.architectures import initialise
from brainside.networks.parameters import weight_of
from brainside.representations import predicted
from brainside.training import loop
from brainside.training.evaluation import CHUNK

Rows = Callable[[int, Progress], Tensor]  # a column's seed and progress -> its atoms
IMAGES = 4000  # that a convolution's inputs are taken from,
PATCHES = 16  # at so many places each
RECIPE = {"loss": "cross-entropy", "epochs": 10, "batch": 100, "learning_rate": 0.5,
          "momentum": 0.9, "weight_decay": 0.0, "l1": 0.0, "schedule": "cosine",
          "precision": "float32"}  # fmt: skip


def columns_from(inputs: Tensor, entry: Mapping[str, Any], progress: Progress) -> Tensor:
    """A layer's dictionaries, one per column, float32 (columns, atoms, features), from its plan.

    `empirical`: kernel ridge regression with the inputs' covariance; `autoencoder`: what the
    decoder of an autoencoder of the inputs has learned for its hidden units.
    """
    if entry["atoms"] > inputs.shape[1]:
        raise Refused(
            f"{entry['atoms']} atoms for {inputs.shape[1]} features; ask for a smaller budget"
        )
    if entry["dictionary"] not in KINDS:
        known = ", ".join(KINDS)
        raise Refused(f"unknown dictionary {entry['dictionary']!r}; known with data: {known}")
    rows_of = KINDS[entry["dictionary"]](inputs, entry)
    columns = []
    for column in range(entry["columns"]):
        rows = rows_of(derive(entry["seed"], column), progress.at(f"atoms {column}"))
        columns.append(predicted.orthonormal(rows) if entry["orthonormal"] else rows)
    return torch.stack(columns).float()


def _empirical(inputs: Tensor, entry: Mapping[str, Any]) -> Rows:
    kernel = covariance(inputs)  # once for all columns

    def rows(seed: int, _: Progress) -> Tensor:
        """One column's atoms, predicted from features that the seed draws."""
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(kernel), generator=generator)[: entry["atoms"]]
        return predicted.predictors(kernel, chosen.sort().values, entry["ridge"])

    return rows


def _autoencoder(inputs: Tensor, entry: Mapping[str, Any]) -> Rows:
    return lambda seed, progress: decoder(inputs, entry["atoms"], seed=seed, progress=progress)


KINDS: dict[str, Callable[[Tensor, Mapping[str, Any]], Rows]] = {
    "empirical": _empirical,
    "autoencoder": _autoencoder,
}


def covariance(inputs: Tensor) -> Tensor:
    """The empirical kernel of inputs (n, features), float64."""
    centred = inputs.double() - inputs.double().mean(0)
    return centred.T @ centred / (len(inputs) - 1)


def decoder(inputs: Tensor, atoms: int, *, seed: int, progress: Progress) -> Tensor:
    """An autoencoder's decoding vectors (atoms, features), float64; sigmoid hidden units."""
    features = inputs.shape[1]
    network = nn.Sequential(nn.Linear(features, atoms), nn.Sigmoid(), nn.Linear(atoms, features))
    initialise(network, seed=seed, gain=1.0)
    split = Split(inputs, torch.zeros(len(inputs), dtype=torch.int64))
    data = Data("inputs", split, Split(inputs[:CHUNK], split.labels[:CHUNK]), split, "", features)

    def reconstruction(net: nn.Module, x: Tensor, _: Tensor, __: Tensor) -> Tensor:
        """The mean square of outputs minus inputs."""
        return (net(x) - x).square().mean()

    loop.train(network, data, RECIPE, seed=seed, progress=progress, objective=reconstruction)
    return weight_of(network[2]).detach().T.double()


@torch.no_grad()
def inputs_of(network: nn.Module, weight: str, split: Split) -> Tensor:
    """The inputs of one output of a layer over the images (n, features), on the CPU.

    `weight` is its weight's name. Of a convolution, evenly spaced patches of some images.
    """
    layer = network.get_submodule(weight.removesuffix(".weight"))
    seen: list[Tensor] = []

    def keep(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        """Keep what the layer reads of a batch, on the CPU."""
        seen.append((_patches(layer, given[0]) if isinstance(layer, nn.Conv2d) else given[0]).cpu())

    hook = layer.register_forward_pre_hook(keep)
    network.to(split.images.device).eval()
    images = split.images[:IMAGES] if isinstance(layer, nn.Conv2d) else split.images
    for chunk in images.split(CHUNK):
        network(chunk)
    hook.remove()
    return torch.cat(seen)


def _patches(layer: nn.Conv2d, x: Tensor) -> Tensor:
    assert not isinstance(layer.padding, str)
    patches = functional.unfold(x, layer.kernel_size, padding=layer.padding)
    positions = torch.linspace(0, patches.shape[2] - 1, PATCHES).long()
    return patches[:, :, positions].transpose(1, 2).reshape(-1, patches.shape[1])
