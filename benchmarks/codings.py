"""Our adaptive codec on a pruned network of 794,000 weights, from the stored network to bytes."""

from collections.abc import Iterator

import torch
from timing import processor_seconds
from torch import Tensor

from brainside.coding import codec, quantising
from brainside.coding.settings import Setting
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations.compressed import Compressed
from brainside.representations.plain import of_sparse

SPEC = {"name": "mlp", "sizes": [784, 1000, 10]}
KEPT = 1 / 16
SETTING = Setting(values="uniform", levels="means", step=0.02, tradeoff=0.05, biases="small",
                  order="similarity")  # fmt: skip
WEBGRAPH = Setting(positions="webgraph", window=7, interval=0, zeta_k=2)  # of values as they are


def measure() -> Iterator[tuple[str, list[float]]]:
    """Ordering, quantising and encoding; then decoding to a stored network."""
    network = architectures.build(SPEC, seed=0)
    weights = split(network)[0]
    masks = {name: _mask(weight) for name, weight in weights.items()}
    stored = of_sparse(network, SPEC, masks, budget=KEPT)
    blob = _encoded(stored)
    label = f"coding 794,000 weights at 1/{1 / KEPT:g}"
    encoding = processor_seconds(lambda: _encoded(stored), repetitions=15)
    yield f"{label}: encoding, s of processor", encoding
    decoding = processor_seconds(lambda: codec.decode(blob), repetitions=15)
    yield f"{label}: decoding, s of processor", decoding
    graphs = processor_seconds(lambda: _encoded(stored, WEBGRAPH), repetitions=5)
    yield f"{label}: encoding in WebGraph's format, s of processor", graphs


def _encoded(stored: Compressed, setting: Setting = SETTING) -> bytes:
    return codec.encode(*quantising.prepared(stored, setting), setting)


def _mask(weight: Tensor) -> Tensor:
    """The largest weights, those in the middle of an image twice as large as at its border."""
    columns = torch.linspace(-1, 1, weight.shape[1]).abs()
    scores = weight.abs() * (2 - columns)
    return scores >= scores.flatten().kthvalue(round((1 - KEPT) * scores.numel())).values
