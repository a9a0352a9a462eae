"""CIFAR-10 as its Python archive has it, turned into the batches of the binary version.

Both versions have the same images in the same order (Krizhevsky 2009), so that what comes out is
held against the SHA-256 of the binary files. A batch is a pickle; nothing of it is loaded but
NumPy's arrays of bytes, texts, numbers, lists and dictionaries.
"""

import io
import lzma
import pickle
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from brainside.base.errors import Refused

FOLDER = "cifar-10-batches-py"  # in the archive, and where it is unpacked
ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}  # fmt: skip
DAMAGE = (pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError, AttributeError,
          IndexError, ImportError, UnicodeDecodeError, MemoryError)  # fmt: skip


def batches(archive: Path, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the binary files among `names` whose batches an archive has.

    Raises Refused, in one line, for an archive or a batch that cannot be read.
    """
    wanted = {f"{FOLDER}/{name.removesuffix('.bin')}": name for name in names}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() and member.name in wanted else None
                if file is not None:
                    yield wanted[member.name], binary(file.read(), f"{archive}: {member.name}")
    except (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        reason = " ".join(str(error).split())
        raise Refused(f"{archive} cannot be read: {reason}; replace it") from None


def binary(payload: bytes, where: str) -> bytes:
    """A pickled batch as the binary version has it: a label byte and 3,072 pixels per image."""
    try:
        batch = _Arrays(io.BytesIO(payload), encoding="bytes").load()
        pixels = np.asarray(batch[b"data"])
        labels = np.asarray(batch[b"labels"], np.uint8)
        if pixels.dtype != np.uint8 or pixels.shape != (len(labels), 3072):
            raise ValueError("no pixels of bytes")
    except DAMAGE:
        raise Refused(f"{where} is not a batch of CIFAR-10's Python version") from None
    return np.concatenate([labels[:, None], pixels], axis=1).tobytes()


class _Arrays(pickle.Unpickler):
    """Loads arrays, and no other object: a pickle could run anything else."""

    def find_class(self, module: str, name: str) -> Any:
        """What a pickle names, if it is part of an array; UnpicklingError for all else."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not an array")
        return super().find_class(module, name)
