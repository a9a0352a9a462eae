"""Dictionaries made of what the layers of a trained network see; they must be stored.

Denil, Shakibi, Dinh, Ranzato, de Freitas (2013), section 4.1 on the choice of dictionary.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brainside.base.errors import Refused
from brainside.base.progress import Progress
from brainside.base.seeds import derive
from brainside.data.datasets import Data, Split
from brainside.networks.architectures import initialise
from brainside.representations import predicted
from brainside.training.evaluation import CHUNK
from brainside.training.loop import train

KINDS = ("empirical", "autoencoder")
IMAGES = 4000  # that a convolution's inputs are taken from,
PATCHES = 16  # at so many places each
RECIPE = {"loss": "cross-entropy", "epochs": 10, "batch": 100, "learning_rate": 0.5,
          "momentum": 0.9, "weight_decay": 0.0, "l1": 0.0, "schedule": "cosine",
          "precision": "float32"}  # fmt: skip


def columns_from(inputs: Tensor, entry: Mapping[str, Any], progress: Progress) -> Tensor:
    """A layer's dictionaries, one a column, float32 (columns, atoms, features), by its plan.

    `empirical`: kernel ridge regression with the inputs' covariance; `autoencoder`: what the
    decoder of an autoencoder of the inputs has learned for its hidden units.
    """
    if entry["atoms"] > inputs.shape[1]:
        raise Refused(
            f"{entry['atoms']} atoms for {inputs.shape[1]} features; ask for a smaller budget"
        )
    kernel = covariance(inputs) if entry["dictionary"] == "empirical" else None
    made = []
    for column in range(entry["columns"]):
        seed = derive(entry["seed"], column)
        if kernel is None:
            rows = decoder(
                inputs, entry["atoms"], seed=seed, progress=progress.at(f"atoms {column}")
            )
        else:
            generator = torch.Generator().manual_seed(seed)
            chosen = torch.randperm(len(kernel), generator=generator)[: entry["atoms"]]
            rows = predicted.predictors(kernel, chosen.sort().values, entry["ridge"])
        made.append(predicted.orthonormal(rows) if entry["orthonormal"] else rows)
    return torch.stack(made).float()


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
        return (net(x) - x).square().mean()

    train(network, data, RECIPE, seed=seed, progress=progress, objective=reconstruction)
    return network[2].weight.detach().T.double()


@torch.no_grad()
def inputs_of(network: nn.Module, weight: str, split: Split) -> Tensor:
    """The inputs of one output of a layer over the images (n, features), on the CPU.

    `weight` is its weight's name. Of a convolution, evenly spaced patches of some images.
    """
    layer = network.get_submodule(weight.removesuffix(".weight"))
    patchy, seen = isinstance(layer, nn.Conv2d), []

    def keep(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen.append((_patches(layer, given[0]) if patchy else given[0]).cpu())

    hook = layer.register_forward_pre_hook(keep)
    network.to(split.images.device).eval()
    for images in (split.images[:IMAGES] if patchy else split.images).split(CHUNK):
        network(images)
    hook.remove()
    return torch.cat(seen)


def _patches(layer: nn.Conv2d, x: Tensor) -> Tensor:
    found = functional.unfold(x, layer.kernel_size, padding=layer.padding)
    at = torch.linspace(0, found.shape[2] - 1, PATCHES).long()
    return found[:, :, at].transpose(1, 2).reshape(-1, found.shape[1])
