"""Simple codes for the positions of kept weights: list, bitmap, compressed rows, gaps.

Each code turns a mask, boolean (rows, columns), into bytes and back. Decoding raises ValueError
when the bytes are no mask of the given shape. A layer that keeps everything is not coded.
"""

import struct
from collections.abc import Callable
from functools import partial

import numpy as np

from brainside.base.errors import Refused
from brainside.coding import bits, huffman

COUNTS = struct.Struct("<I")
Shape = tuple[int, int]


def encode_list(mask: np.ndarray) -> bytes:
    """Write the kept positions as 32-bit numbers."""
    positions = np.flatnonzero(mask)
    return COUNTS.pack(len(positions)) + positions.astype("<u4").tobytes()


def decode_list(blob: bytes, shape: Shape) -> np.ndarray:
    """Read a mask that `encode_list` wrote."""
    count, rest = _counted(blob, shape)
    return _mask(_numbers(rest, "<u4", count), shape)


def encode_bitmap(mask: np.ndarray) -> bytes:
    """Write one bit per entry."""
    return np.packbits(mask).tobytes()


def decode_bitmap(blob: bytes, shape: Shape) -> np.ndarray:
    """Read a mask that `encode_bitmap` wrote."""
    size = shape[0] * shape[1]
    raw = _numbers(blob, "|u1", -(-size // 8))
    return np.unpackbits(raw.astype(np.uint8), count=size).astype(bool).reshape(shape)


def encode_rows(mask: np.ndarray, *, dtype: str) -> bytes:
    """Write compressed sparse rows: where each row ends (32 bits), then columns (16 or 32 bits).

    Raises Refused when a column does not fit.
    """
    if mask.shape[1] > 1 << (8 * np.dtype(dtype).itemsize):
        raise Refused(f"{mask.shape[1]} columns do not fit into 16 bits; take positions csr32")
    ends = np.cumsum(mask.sum(1))
    return ends.astype("<u4").tobytes() + np.nonzero(mask)[1].astype(dtype).tobytes()


def decode_rows(blob: bytes, shape: Shape, *, dtype: str) -> np.ndarray:
    """Read a mask that `encode_rows` wrote."""
    rows, columns = shape
    ends = _numbers(blob[: 4 * rows], "<u4", rows)
    counts = np.diff(ends, prepend=0)
    if (counts < 0).any() or (counts > columns).any():
        raise ValueError("rows do not end in order")
    kept = _numbers(blob[4 * rows :], dtype, int(counts.sum()))
    if (kept >= columns).any():
        raise ValueError("a column beyond the last")
    return _mask(np.repeat(np.arange(rows), counts) * columns + kept, shape)


def encode_zeta(mask: np.ndarray) -> bytes:
    """Write gaps (the numbers of zeros between kept entries) in the ζ_k code of the best k."""
    gaps = _gaps(mask)
    return COUNTS.pack(len(gaps)) + bits.zeta(gaps)


def decode_zeta(blob: bytes, shape: Shape) -> np.ndarray:
    """Read a mask that `encode_zeta` wrote."""
    count, rest = _counted(blob, shape)
    return _mask(np.cumsum(bits.unzeta(rest, count) + 1) - 1, shape)


def encode_relative(mask: np.ndarray, *, width: int, entropy: bool) -> bytes:
    """Write Deep Compression's relative index (Han 2016, section 2): gaps of `width` bits.

    Longer gaps take fillers, the largest number, which skips as many zeros. (In the paper a filler
    is a padding zero with a value of its own; here no value is spent on it.) With `entropy` the
    numbers are in Huffman's code.
    """
    filler = (1 << width) - 1
    fillers, rest = np.divmod(_gaps(mask), filler)
    numbers = np.full(int((fillers + 1).sum()), filler)
    numbers[np.cumsum(fillers + 1) - 1] = rest
    code = huffman.encode(numbers, filler + 1) if entropy else bits.fix(numbers, width)
    return COUNTS.pack(len(numbers)) + code


def decode_relative(blob: bytes, shape: Shape, *, width: int, entropy: bool) -> np.ndarray:
    """Read a mask that `encode_relative` wrote."""
    filler = (1 << width) - 1
    count, rest = _counted(blob, shape)
    if entropy:
        numbers = huffman.decode(rest, count, filler + 1)
    else:
        numbers = bits.unfix(rest, count, width)
    kept = numbers != filler
    return _mask((np.cumsum(numbers + kept) - 1)[kept], shape)


def _gaps(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask), prepend=-1) - 1


def _counted(blob: bytes, shape: Shape) -> tuple[int, bytes]:
    """A count, at most the number of entries, and the bytes after it."""
    count = COUNTS.unpack_from(blob)[0] if len(blob) >= COUNTS.size else -1
    if not 0 <= count <= shape[0] * shape[1]:
        raise ValueError("no count of positions")
    return count, blob[COUNTS.size :]


def _numbers(blob: bytes, dtype: str, count: int) -> np.ndarray:
    if len(blob) != count * np.dtype(dtype).itemsize:
        raise ValueError("numbers do not fill their bytes")
    return np.frombuffer(blob, dtype).astype(np.int64)


def _mask(positions: np.ndarray, shape: Shape) -> np.ndarray:
    mask = np.zeros(shape[0] * shape[1], bool)
    if len(positions) and (positions[-1] >= len(mask) or (np.diff(positions) <= 0).any()):
        raise ValueError("positions do not ascend within the layer")
    mask[positions] = True
    return mask.reshape(shape)


CODES: dict[str, tuple[Callable[[np.ndarray], bytes], Callable[[bytes, Shape], np.ndarray]]] = {
    "list": (encode_list, decode_list),
    "bitmap": (encode_bitmap, decode_bitmap),
    "zeta": (encode_zeta, decode_zeta),
}


for _bits in (16, 32):
    _dtype = f"<u{_bits // 8}"
    CODES[f"csr{_bits}"] = partial(encode_rows, dtype=_dtype), partial(decode_rows, dtype=_dtype)


for _width in (5, 8):
    for _ending, _entropy in (("", False), ("-huffman", True)):
        CODES[f"relative{_width}{_ending}"] = (
            partial(encode_relative, width=_width, entropy=_entropy),
            partial(decode_relative, width=_width, entropy=_entropy),
        )
