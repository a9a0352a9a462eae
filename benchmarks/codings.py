"""Our adaptive codec on a pruned network of 794,000 weights, from the stored network to bytes."""

from collections.abc import Iterator

import torch
from timing import processor_seconds
from torch import Tensor

from brainside import networks, representations
from brainside.coding import codecs, preparation
from brainside.coding.settings import Setting

SPEC = {"name": "mlp", "sizes": [784, 1000, 10]}
KEPT = 1 / 16
SETTING = Setting(values="uniform", levels="means", step=0.02, tradeoff=0.05, biases="small",
                  order="similarity")  # fmt: skip


def measure() -> Iterator[tuple[str, list[float]]]:
    """Ordering, quantising and encoding; then decoding to a stored network."""
    network = networks.build(SPEC, seed=0)
    weights = representations.split(network)[0]
    masks = {name: _mask(weight) for name, weight in weights.items()}
    stored = representations.of_sparse(network, SPEC, masks, budget=KEPT)
    blob = preparation.code(stored, SETTING)
    place = f"coding 794,000 weights at 1/{1 / KEPT:g}"
    encoding = processor_seconds(lambda: preparation.code(stored, SETTING), repetitions=15)
    yield f"{place}: encoding, s of processor", encoding
    decoding = processor_seconds(lambda: codecs.decode(blob), repetitions=15)
    yield f"{place}: decoding, s of processor", decoding


def _mask(weight: Tensor) -> Tensor:
    """The largest weights, those in the middle of an image twice as large as at its border."""
    columns = torch.linspace(-1, 1, weight.shape[1]).abs()
    scores = weight.abs() * (2 - columns)
    return scores >= scores.flatten().kthvalue(round((1 - KEPT) * scores.numel())).values
