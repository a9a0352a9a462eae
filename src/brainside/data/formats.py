"""Parsers of the published file formats, from bytes to arrays.

None reads pickles. All raise Refused, naming the file, when the bytes are not in the format.
"""

import gzip
import io
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from brainside.base.errors import Refused

GZIP = b"\x1f\x8b"  # with which its files begin
CIFAR_RECORD = 1 + 3 * 32 * 32  # a label byte, then the R, G and B planes


def parse_idx(payload: bytes, where: str) -> np.ndarray:
    """An idx file of unsigned bytes as an array: (N,) labels or (N, 28, 28) images; gzip or not.

    Format: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
    """
    try:
        raw = gzip.decompress(payload) if payload.startswith(GZIP) else payload
        zero, kind, dimensions = struct.unpack_from(">HBB", raw)
        shape = struct.unpack_from(f">{dimensions}I", raw, 4)
    except (OSError, EOFError, zlib.error, struct.error):
        raise _not(where, "a whole idx file") from None
    start = 4 + 4 * dimensions
    if (zero, kind) != (0, 8) or len(raw) - start != math.prod(shape):
        raise _not(where, "an idx file of unsigned bytes")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def parse_cifar(payload: bytes, where: str) -> tuple[np.ndarray, np.ndarray]:
    """A CIFAR-10 binary batch as images (N, 3, 32, 32) and labels (N,), both uint8.

    Format: Krizhevsky (2009), "binary version".
    """
    if not payload or len(payload) % CIFAR_RECORD:
        raise _not(where, f"a whole number of records of {CIFAR_RECORD} bytes")
    records = np.frombuffer(payload, np.uint8).reshape(-1, CIFAR_RECORD)
    if records[:, 0].max() > 9:
        raise _not(where, "a CIFAR-10 batch: a label is over 9")
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]


def parse_usps(payload: bytes, where: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """usps.h5 as {"train", "test"}: images (N, 1, 16, 16) float32 in [0, 1], labels (N,) uint8."""
    import h5py  # late: only this dataset needs it

    try:
        with h5py.File(io.BytesIO(payload), "r") as file:
            return {name: _usps_split(file[name]) for name in ("train", "test")}
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, MemoryError):
        raise _not(where, "usps.h5 with groups train and test of data and target") from None


def _usps_split(group: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    images = np.asarray(group["data"], dtype="<f4").reshape(-1, 1, 16, 16)
    labels = np.asarray(group["target"])
    if not np.array_equal(labels, labels.astype(np.uint8)):
        raise ValueError("a label is not a whole number from 0 to 255")
    return images, labels.astype(np.uint8)


def _not(where: str, expected: str) -> Refused:
    return Refused(f"{where} is not {expected}: replace it by the published file")
