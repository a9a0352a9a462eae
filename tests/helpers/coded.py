"""Stored networks for codecs to write, and damaged files."""

import hashlib

import torch

from brainside.coding import codec, quantising
from brainside.coding import file as coded_file
from brainside.coding.settings import Setting
from brainside.networks import architectures
from brainside.networks.parameters import split
from brainside.representations import checkpoint
from brainside.representations.compressed import TICKET, Compressed
from brainside.representations.plain import of_dense, of_sparse

SPECS = {
    "mlp": {"name": "mlp", "sizes": [16, 12, 8, 3]},
    "tanh": {"name": "mlp", "sizes": [16, 9, 3], "activation": "tanh"},
    "conv": {"name": "convnet", "image": [1, 8, 8], "channels": [4, 6], "kernel": 3, "hidden": [9],
             "classes": 3},
    "slim": {"name": "slimnet", "image": [1, 8, 8], "widths": [4, 6, 5], "pool_after": [0],
             "classes": 3},
    "hubs": {"name": "hubs", "network": {"name": "mlp", "sizes": [16, 12, 3]},
             "hubs": {"1.weight": 5}},
}  # fmt: skip


def network(spec, seed=0) -> torch.nn.Module:
    """Random weights, and biases that are not zero."""
    made = architectures.build(spec, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.dim() == 1:
                parameter.normal_(generator=generator)
    return made


def pruned(name="mlp", kept=0.3, seed=0) -> Compressed:
    made = network(SPECS[name], seed)
    generator = torch.Generator().manual_seed(seed)
    masks = {n: torch.rand(w.shape, generator=generator) < kept
             for n, w in split(made)[0].items()}  # fmt: skip
    return of_sparse(made, SPECS[name], masks, budget=kept)


def dense(name="mlp") -> Compressed:
    return of_dense(network(SPECS[name]), SPECS[name], budget=1.0)


def ticket() -> Compressed:
    """Connections of a random network, whose weights come from a seed."""
    places = {"1.weight": [0, 3, 50, 191], "3.weight": [1, 7]}
    structure = {name: torch.tensor(at, dtype=torch.int32) for name, at in places.items()}
    spec = {"network": {"name": "mlp", "sizes": [16, 12, 3]}, "signs": dict.fromkeys(places, 5)}
    return Compressed(0.1, TICKET, spec, {}, {}, structure)


def coded(compressed: Compressed, setting: Setting) -> bytes:
    """The coded file of a stored network, reordered and quantised as the setting says."""
    return codec.encode(*quantising.prepared(compressed, setting), setting)


def same(first: Compressed, second: Compressed) -> bool:
    """Bit for bit, whatever the dictionaries' order."""
    return checkpoint.encode(first) == checkpoint.encode(second)


def resealed(blob: bytes) -> bytes:
    """A file with its checksum put right, as whoever forges one would."""
    body = blob[coded_file.PREFIX.size :]
    return coded_file.PREFIX.pack(coded_file.MAGIC, 1, hashlib.sha256(body).digest()[:8]) + body
