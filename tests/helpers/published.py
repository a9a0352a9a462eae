"""Small files in the formats in which datasets are published."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np

from brainside.data.pickled import FOLDER


def pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


def cifar(images: np.ndarray, labels: np.ndarray) -> bytes:
    return np.concatenate([labels[:, None], images.reshape(len(images), -1)], axis=1).tobytes()


def cifar_archive(images: np.ndarray, labels: np.ndarray) -> bytes:
    """The archive of the Python version, with one batch."""
    batch = {b"data": images.reshape(len(images), -1), b"labels": labels.tolist()}
    payload, packed = pickle.dumps(batch, protocol=2), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        member = tarfile.TarInfo(f"{FOLDER}/test_batch")
        member.size = len(payload)
        tar.addfile(member, io.BytesIO(payload))
    return packed.getvalue()


def usps(names: tuple[str, ...] = ("train", "test")) -> bytes:
    import h5py

    packed = io.BytesIO()
    with h5py.File(packed, "w") as file:
        for rows, name in enumerate(names, start=2):
            file[f"{name}/data"] = np.linspace(0, 1, rows * 256, dtype="f4").reshape(rows, 256)
            file[f"{name}/target"] = np.arange(rows, dtype="i4")
    return packed.getvalue()
