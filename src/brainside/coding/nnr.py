"""NNCodec: the reference software of ISO/IEC 15938-17, an optional package that is built from C++.

It gets the weights of a network, with zeros where nothing is kept, and the biases. It quantises
both with steps of its own, of about 2^(qp/4) for weights.
"""

import contextlib
import importlib
import io
import tempfile
from dataclasses import replace
from types import ModuleType

import numpy as np

from brainside.base.errors import Refused
from brainside.coding.matrices import layers_of, others_of, stored
from brainside.coding.settings import Nnr
from brainside.data import torchvision
from brainside.representations.compressed import Compressed


def encode(compressed: Compressed, setting: Nnr) -> bytes:
    """Code a network with NNCodec.

    Its stream names no architecture and no seed, as the headers of our files do. Raises Refused
    when the package is not installed, or for a network that stores more than weights and biases.
    """
    if others := others_of(compressed):
        raise Refused(f"NNCodec stores weights and biases only; the network has {min(others)}, too")
    arrays = {x.name: x.dense() for x in layers_of(compressed)}
    arrays |= {n: b.float().numpy().copy() for n, b in compressed.biases.items()}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        # It writes a file of its own, into the working directory unless told otherwise.
        args = {"qp": setting.qp, "nonweight_qp": setting.nonweight_qp, "use_dq": setting.use_dq,
                "results": folder, "verbose": False}  # fmt: skip
        return bytes(_nncodec().encode(arrays, args=args))


def decode(blob: bytes, compressed: Compressed) -> Compressed:
    """Decode NNCodec's bit stream; what is not in it is taken from `compressed`."""
    with contextlib.redirect_stdout(io.StringIO()):
        arrays = _nncodec().decode(bytearray(blob))
    layers = []
    for layer in layers_of(compressed):
        flat = np.asarray(arrays[layer.name], np.float32).reshape(-1)
        kept = np.flatnonzero(flat)
        layers.append(replace(layer, positions=kept, values=flat[kept]))
    biases = {n: np.asarray(arrays[n]).reshape(b.shape) for n, b in compressed.biases.items()}
    return stored(compressed, layers, biases)


def _nncodec() -> ModuleType:
    assert torchvision.torchvision  # NNCodec imports it, which may need mending
    try:
        return importlib.import_module("nncodec.nn")
    except ImportError as error:
        raise Refused(f"NNCodec is not installed ({error}); `make study` installs it") from None
