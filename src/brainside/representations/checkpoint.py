"""The checkpoint file: frozen container of raw little-endian tensors, independent of any codec.

Layout: magic (8 bytes), format version (u32), header length (u32), payload length (u64), SHA-256
of header and payload (32 bytes), header (canonical JSON), payload (the tensors' bytes in the
header's order). Same network, same bytes.
"""

import hashlib
import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brainside.base.errors import Refused
from brainside.base.files import read_whole, write_whole
from brainside.base.keys import canonical
from brainside.representations.compressed import Compressed

MAGIC = b"BRAINSID"
FORMAT = 1
PREFIX = struct.Struct("<8sIIQ32s")
ROLES = ("weights", "biases", "structure")
DTYPES = {"float32": "<f4", "int32": "<i4", "int64": "<i8", "uint8": "|u1"}
LARGEST = 1 << 32  # bytes; a length beyond it cannot be one of our networks


def encode(compressed: Compressed) -> bytes:
    """The file's bytes."""
    entries = [
        (role, name, getattr(compressed, role)[name])
        for role in ROLES
        for name in sorted(getattr(compressed, role))
    ]
    tensors = [
        {"role": role, "name": name, "dtype": _dtype(t), "shape": list(t.shape)}
        for role, name, t in entries
    ]
    header = canonical(
        {"rebuild": compressed.rebuild, "spec": compressed.spec, "tensors": tensors}
    ).encode()
    payload = b"".join(_raw(t) for _, _, t in entries)
    digest = hashlib.sha256(header + payload).digest()
    return PREFIX.pack(MAGIC, FORMAT, len(header), len(payload), digest) + header + payload


def decode(blob: bytes, *, budget: float = math.nan, where: str = "checkpoint") -> Compressed:
    """The stored network; Refused, naming `where`, when the bytes are not an intact checkpoint."""
    header, payload = _parts(blob, where)
    try:
        fields = json.loads(header)
        tensors = _tensors(fields["tensors"], payload)
        return Compressed(budget, fields["rebuild"], fields["spec"], **tensors, file=where)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Refused(f"{where}: header does not describe a network; the file is foreign") from None


def write(compressed: Compressed, path: Path) -> str:
    """Write the file (temporary name, then rename) and return its SHA-256."""
    blob = encode(compressed)
    write_whole(path, blob)
    return hashlib.sha256(blob).hexdigest()


def read(path: Path, *, budget: float = math.nan) -> Compressed:
    """Read and check a checkpoint file; Refused when it is missing or not intact."""
    return decode(read_whole(path), budget=budget, where=str(path))


def _parts(blob: bytes, where: str) -> tuple[bytes, bytes]:
    if len(blob) < PREFIX.size or not blob.startswith(MAGIC):
        raise Refused(f"{where}: not a BraInside checkpoint")
    _, version, header_size, payload_size, digest = PREFIX.unpack_from(blob)
    if version != FORMAT:
        raise Refused(
            f"{where}: checkpoint format {version} is unknown, this version reads {FORMAT}"
        )
    if len(blob) != PREFIX.size + header_size + payload_size or len(blob) > LARGEST:
        raise Refused(f"{where}: truncated or padded ({len(blob)} bytes); make it again")
    body = blob[PREFIX.size :]
    if hashlib.sha256(body).digest() != digest:
        raise Refused(f"{where}: checksum differs, the file was altered; make it again")
    return body[:header_size], body[header_size:]


def _dtype(tensor: Tensor) -> str:
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise TypeError(f"checkpoints hold {', '.join(DTYPES)}, not {name}")
    return name


def _raw(tensor: Tensor) -> bytes:
    array = tensor.detach().cpu().contiguous().numpy()
    return array.astype(DTYPES[_dtype(tensor)], copy=False).tobytes()


def _tensors(entries: list[dict[str, Any]], payload: bytes) -> dict[str, dict[str, Tensor]]:
    tensors: dict[str, dict[str, Tensor]] = {role: {} for role in ROLES}
    offset = 0
    for entry in entries:
        dtype, shape = np.dtype(DTYPES[entry["dtype"]]), entry["shape"]
        if not all(isinstance(n, int) and n >= 0 for n in shape):
            raise ValueError("shape")
        size = math.prod(shape) * dtype.itemsize
        array = np.frombuffer(payload[offset : offset + size], dtype).reshape(shape)
        tensors[entry["role"]][entry["name"]] = torch.from_numpy(array.copy())
        offset += size
    if offset != len(payload):
        raise ValueError("payload")
    return tensors
