"""Kept values as bytes: numbers of their own, or symbols that point into a table of levels."""

import struct

import numpy as np
import torch

from brainside.base.errors import Refused
from brainside.coding import adaptive, bits, huffman, subset_sums
from brainside.coding.adaptive import Degrees
from brainside.coding.matrices import Layer

FLOATS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
MOST_LEVELS = (1 << 16) - 1
STEP = struct.Struct("<f")
UNIFORM = struct.Struct("<fH")  # step, number of levels
HALF = 65504.0  # the largest 16-bit number


def encode_floats(values: np.ndarray, dtype: str) -> bytes:
    """Round values (float32) to a floating-point type; Refused when one is too large for it."""
    rounded = torch.tensor(values, dtype=torch.float32).to(FLOATS[dtype])
    if int((~rounded.isfinite()).sum()) > int((~np.isfinite(values)).sum()):
        raise Refused(f"a value is too large for {dtype}; take float32")
    return rounded.view(torch.uint8).numpy().tobytes()


def decode_floats(blob: bytes, count: int, dtype: str) -> np.ndarray:
    """Read `count` values, as float32, that `encode_floats` wrote; ValueError for other bytes."""
    kind = FLOATS[dtype]
    if len(blob) != count * kind.itemsize:
        raise ValueError("values do not fill their bytes")
    if not count:
        return np.zeros(0, np.float32)
    return torch.frombuffer(bytearray(blob), dtype=kind).float().numpy()


def encode_own(values: np.ndarray, kind: str, count: int) -> bytes:
    """Write values (float32) that weights do not share: as subset sums of `count`, or rounded."""
    if kind == "subset-sum":
        return subset_sums.encode(values, count)
    return encode_floats(values, kind)


def decode_own(blob: bytes, count: int, kind: str) -> np.ndarray:
    """Read `count` values, float32, that `encode_own` wrote; ValueError for other bytes."""
    if kind == "subset-sum":
        return subset_sums.decode(blob, count)
    return decode_floats(blob, count, kind)


def encode_small(values: np.ndarray) -> bytes:
    """Write values as whole multiples, −127 … 127, of one step (float32), in a ζ code."""
    step = np.float32(np.abs(values).max(initial=0) / 127)
    if not np.isfinite(step):
        raise Refused("a bias is not finite; store biases as float32")
    numbers = np.rint(values / step).astype(np.int64) if step else np.zeros(len(values), np.int64)
    return STEP.pack(step) + bits.zeta(bits.zigzag(numbers))


def decode_small(blob: bytes, count: int) -> np.ndarray:
    """Read `count` values, float32, that `encode_small` wrote."""
    (step,) = STEP.unpack_from(blob)
    numbers = bits.unzigzag(bits.unzeta(blob[STEP.size :], count))
    with np.errstate(over="ignore", invalid="ignore"):  # a forged step; the check finds it
        return np.float32(step) * numbers.astype(np.float32)


def encode_levels(layer: Layer) -> bytes:
    """Write a layer's table of levels in the shortest exact way.

    It is a step and multiples (the least one, then differences), or else 16-bit numbers, or else
    32-bit numbers.
    """
    levels, step = layer.codebook()[1], np.float32(layer.step)
    multiples = np.rint(levels / step).astype(np.int64) if step else np.zeros(0)
    if len(levels) and np.array_equal(multiples.astype(np.float32) * step, levels):
        numbers = np.concatenate([bits.zigzag(multiples[:1]), np.diff(multiples)])
        return b"\0" + UNIFORM.pack(step, len(levels)) + bits.zeta(numbers)
    half = np.clip(levels, -HALF, HALF).astype(np.float16)
    if np.array_equal(half.astype(np.float32), levels):
        return b"\1" + half.astype("<f2").tobytes()
    return b"\2" + levels.astype("<f4").tobytes()


def decode_levels(blob: bytes) -> np.ndarray:
    """Read the levels, float32; ValueError if they are not a table, or out of order."""
    kind, rest = blob[:1], blob[1:]
    if kind == b"\0":
        step, count = UNIFORM.unpack_from(rest)
        numbers = bits.unzeta(rest[UNIFORM.size :], count)
        numbers[:1] = bits.unzigzag(numbers[:1])
        levels = np.cumsum(numbers).astype(np.float32) * np.float32(step)
    elif kind in (b"\1", b"\2"):
        levels = np.frombuffer(rest, "<f2" if kind == b"\1" else "<f4").astype(np.float32)
    else:
        raise ValueError("unknown table of levels")
    if len(levels) > MOST_LEVELS or not (np.diff(levels) > 0).all():
        raise ValueError("levels do not ascend")
    return levels


def encode_symbols(layer: Layer, mask: np.ndarray, degrees: Degrees, entropy: str) -> bytes:
    """Code a layer's symbols: with a fixed width, Huffman's code, or arithmetically in contexts.

    Raises ValueError for another `entropy` than `fixed`, `huffman` and `adaptive`.
    """
    symbols, levels = layer.codebook()
    if entropy == "adaptive":
        return adaptive.encode_symbols(symbols, levels, mask, degrees)
    if entropy == "huffman":
        return huffman.encode(symbols, len(levels))
    if entropy == "fixed":
        return bits.fix(symbols, _width(levels))
    raise ValueError(f"unknown code of symbols {entropy!r}")


def decode_symbols(
    blob: bytes, levels: np.ndarray, mask: np.ndarray, degrees: Degrees, entropy: str
) -> np.ndarray:
    """Read the symbols, int64, that `encode_symbols` wrote; ValueError for other bytes."""
    count = int(mask.sum())
    if entropy == "adaptive":
        symbols = adaptive.decode_symbols(blob, levels, mask, degrees)
    elif entropy == "huffman":
        symbols = huffman.decode(blob, count, len(levels))
    elif entropy == "fixed":
        symbols = bits.unfix(blob, count, _width(levels))
    else:
        raise ValueError(f"unknown code of symbols {entropy!r}")
    if len(symbols) and not 0 <= symbols.min() <= symbols.max() < len(levels):
        raise ValueError("a symbol without a level")
    return symbols


def _width(levels: np.ndarray) -> int:
    """Bits per symbol in a code of fixed width."""
    return max(0, len(levels) - 1).bit_length()
