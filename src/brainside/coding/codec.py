"""The codec: from a stored network to the bytes of a coded file, and back.

`encode` writes layers as they are; quantising.py quantises them before. `decode` needs only the
bytes, and refuses whatever `encode` did not write. The parts of a file are, for each layer, its
positions, the levels of shared values, and its values; then the vectors (biases), then what else
the network stores.
"""

import lzma
import math
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import zstandard

from brainside.base.errors import Refused
from brainside.base.keys import canonical
from brainside.coding import adaptive, positions, values
from brainside.coding import file as coded_file
from brainside.coding.matrices import Layer, matrix, others_of, stored
from brainside.coding.settings import Setting
from brainside.coding.webgraph import masks
from brainside.coding.wrapping import unwrapped, wrapped
from brainside.networks.weights import LARGEST
from brainside.representations.compressed import Compressed

MOST_WRAPPED = 1 << 27  # bytes that the wrapped parts of a file may unpack to
Arrays = dict[str, np.ndarray]
Check = Callable[[dict[str, Any], list[Layer], Arrays, Arrays], object]
OTHERS = {"int32": "<i4", "int64": "<i8", "uint8": "|u1", "float32": "<f4"}
# Exceptions that foreign bytes may cause; a file of ours causes none of them.
FAULTS = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RuntimeError,
          StopIteration, MemoryError, struct.error, lzma.LZMAError,
          zstandard.ZstdError)  # fmt: skip


def encode(compressed: Compressed, layers: list[Layer], setting: Setting) -> bytes:
    """Code a network with these layers instead of its own.

    Values that are not shared are rounded to the setting's type. Raises Refused when something
    does not fit the setting.
    """
    vectors = {n: b.detach().float().numpy() for n, b in sorted(compressed.biases.items())}
    others = {n: t.numpy() for n, t in sorted(others_of(compressed).items())}
    shared = setting.shares or any(layer.symbols is not None for layer in layers)
    header: dict[str, Any] = {
        "rebuild": compressed.rebuild, "spec": compressed.spec, "positions": setting.positions,
        "values": "shared" if shared else setting.values,
        "entropy": setting.entropy, "biases": setting.biases, "wrap": setting.wrap,
        "weights": [[x.name, list(x.shape)] for x in layers],
        "vectors": [[name, list(v.shape)] for name, v in vectors.items()],
        "other": [[name, t.dtype.name, list(t.shape)] for name, t in others.items()],
    }  # fmt: skip
    parts, decoded = _encode_layers(layers, setting, shared)
    for name, vector in vectors.items():
        parts.append(_encode_vector(vector, setting.biases))
        vectors[name] = _decode_vector(parts[-1], vector.shape, setting.biases)
    parts += [t.astype(OTHERS[t.dtype.name]).tobytes() for t in others.values()]
    header["check"] = content_check(header, decoded, vectors, others)
    return coded_file.write(header, [wrapped(part, setting.wrap) for part in parts])


def decode(
    blob: bytes,
    *,
    where: str = "coded network",
    check: Check | None = None,
    most_wrapped: int = MOST_WRAPPED,
) -> Compressed:
    """Decode a coded file to the stored network, whose budget is not known (NaN).

    `check` is what the header's check is compared with (`content_check`), `most_wrapped` how many
    bytes the parts may unpack to. Raises Refused, naming `where`, for bytes that `encode` did not
    write.
    """
    header, packed = coded_file.read(blob, where)
    try:
        with np.errstate(all="ignore"):  # forged numbers overflow; the check finds them
            network = _decode(header, packed, check or content_check, most_wrapped)
            return replace(network, file=where)
    except FAULTS as error:
        reason = " ".join(str(error).split())[:200]
        raise Refused(f"{where}: not a coded network ({reason}); the file is foreign") from None


def sizes(blob: bytes) -> dict[str, int]:
    """Bytes of a coded file: in total, of positions, and of values with their levels."""
    layers = sizes_by_layer(blob)
    positions_total, values_total = sum(p for p, _ in layers), sum(v for _, v in layers)
    return {"bytes": len(blob), "position_bytes": positions_total, "value_bytes": values_total}


def sizes_by_layer(blob: bytes) -> list[tuple[int, int]]:
    """For each layer of a coded file the bytes of positions, and of values with their levels."""
    header, parts = coded_file.read(blob, "coded network")
    step = 3 if header["values"] == "shared" else 2
    starts = range(0, step * len(header["weights"]), step)
    layers = [[len(part) for part in parts[start : start + step]] for start in starts]
    return [(size, sum(value_sizes)) for size, *value_sizes in layers]


def _decode(
    header: dict[str, Any], packed: list[bytes], check: Check, most_wrapped: int
) -> Compressed:
    _bounded(header)
    parts = _unwrapped(header["wrap"], packed, most_wrapped)
    layers = list(_decode_layers(header, parts))
    vectors, others = _decode_rest(header, parts)
    written = header.pop("check")
    if next(parts, None) is not None or written != check(header, layers, vectors, others):
        raise ValueError("it decodes to another network than it was made of")
    tensors = {name: torch.from_numpy(array.copy()) for name, array in others.items()}
    shell = Compressed(math.nan, header["rebuild"], header["spec"], {}, {}, tensors)
    return stored(shell, layers, vectors)


def _unwrapped(wrap: str, packed: list[bytes], most: int) -> Iterator[bytes]:
    """Each part when it is asked for; ValueError when all together would be longer than `most`."""
    for part in packed:
        yield (whole := unwrapped(part, wrap, most))
        most -= len(whole)


def _encode_layers(
    layers: list[Layer], setting: Setting, shared: bool
) -> tuple[list[bytes], list[Layer]]:
    """The parts of all layers, and the layers as they will be decoded from them."""
    parts: list[bytes] = []
    decoded: list[Layer] = []
    degrees: adaptive.Degrees = None
    for layer in layers:
        mask = layer.mask()
        parts.append(b"" if mask.all() else _encode_mask(mask, degrees, setting))
        if shared:
            parts.append(values.encode_levels(layer))
            parts.append(values.encode_symbols(layer, mask, degrees, setting.entropy))
            decoded.append(layer)
        else:
            parts.append(values.encode_own(layer.values, setting.values, setting.value_bits))
            rounded = values.decode_own(parts[-1], len(layer.values), setting.values)
            decoded.append(replace(layer, values=rounded))
        degrees = mask.sum(1)
    return parts, decoded


def _decode_layers(header: dict[str, Any], parts: Iterator[bytes]) -> Iterator[Layer]:
    degrees = None
    for name, shape in header["weights"]:
        mask = np.ones(matrix(shape), bool)
        if kept := next(parts, b""):
            mask = _decode_mask(kept, matrix(shape), degrees, header["positions"])
        if header["values"] == "shared":
            levels = values.decode_levels(next(parts, b""))
            blob = next(parts, b"")
            symbols = values.decode_symbols(blob, levels, mask, degrees, header["entropy"])
            kept_values = levels[symbols]
        else:
            kept_values = values.decode_own(next(parts, b""), int(mask.sum()), header["values"])
        degrees = mask.sum(1)
        yield Layer(name, tuple(shape), np.flatnonzero(mask), kept_values)


def _decode_rest(header: dict[str, Any], parts: Iterator[bytes]) -> tuple[Arrays, Arrays]:
    """The vectors, and what else the network stores."""
    vectors = {
        name: _decode_vector(next(parts), shape, header["biases"])
        for name, shape in header["vectors"]
    }
    others = {
        name: np.frombuffer(next(parts), OTHERS[kind]).reshape(shape)
        for name, kind, shape in header["other"]
    }
    return vectors, others


def _encode_mask(mask: np.ndarray, degrees: adaptive.Degrees, setting: Setting) -> bytes:
    if setting.positions == "adaptive":
        return adaptive.encode_positions(mask, degrees)
    if setting.positions == "webgraph":
        return masks.encode(mask, setting.form(), setting.direction)
    return positions.CODES[setting.positions][0](mask)


def _decode_mask(
    blob: bytes, shape: tuple[int, int], degrees: adaptive.Degrees, code: str
) -> np.ndarray:
    if code == "adaptive":
        return adaptive.decode_positions(blob, shape, degrees)
    if code == "webgraph":
        return masks.decode(blob, shape)
    return positions.CODES[code][1](blob, shape)


def _encode_vector(vector: np.ndarray, kind: str) -> bytes:
    flat = vector.reshape(-1)
    return values.encode_small(flat) if kind == "small" else values.encode_floats(flat, kind)


def _decode_vector(blob: bytes, shape: Sequence[int], kind: str) -> np.ndarray:
    count = math.prod(shape)
    small = kind == "small"
    flat = values.decode_small(blob, count) if small else values.decode_floats(blob, count, kind)
    return flat.reshape(shape)


def _bounded(header: dict[str, Any]) -> None:
    """Raise ValueError when the header asks for more than any network of ours has."""
    if not isinstance(header["spec"], dict) or not isinstance(header["rebuild"], str):
        raise ValueError("it names no network")
    shapes = [entry[-1] for kind in ("weights", "vectors", "other") for entry in header[kind]]
    if not all(type(n) is int and 0 <= n <= LARGEST for shape in shapes for n in shape):
        raise ValueError("a shape is none")
    if sum(math.prod(shape) for shape in shapes) > LARGEST or len(shapes) > coded_file.MOST_PARTS:
        raise ValueError("more weights than any network of ours")


def content_check(
    header: dict[str, Any],
    layers: list[Layer],
    vectors: Arrays,
    others: Arrays,
) -> int:
    """The CRC-32 of the arrays that a file stands for, so that no machine decodes it to others.

    What a network makes of them (products of factors, dictionaries) is arithmetic, and may differ
    between kinds of processors in the last digit.
    """
    crc = zlib.crc32(canonical(header).encode())
    for layer in layers:
        crc = zlib.crc32(layer.positions.astype("<i4").tobytes(), crc)
        crc = zlib.crc32(layer.values.astype("<f4").tobytes(), crc)
    for array in [*vectors.values(), *others.values()]:
        crc = zlib.crc32(np.ascontiguousarray(array).tobytes(), crc)
    return crc


VERSION = 2  # of the codecs, part of the key of codings: raise it when bytes or errors change
