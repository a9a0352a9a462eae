"""The index of a BV graph: offsets in Elias–Fano's representation, as the crate sux writes them.

The layout of the file is that of ε-serde 2.0 (crate epserde) for the type below; found out from
files of the crate webgraph and from what its reader demands.
"""

import struct

import numpy as np

from brainside.base.errors import Refused
from brainside.coding import bits

VECTOR = "alloc::boxed::Box<[usize]>"
TYPE = (
    "sux::dict::elias_fano::EliasFano<u64, sux::rank_sel::select_adapt_const::SelectAdaptConst<"
    f"sux::bits::bit_vec::BitVec<{VECTOR}>, {VECTOR}, 11, 3>, "
    "sux::bits::bit_field_vec::BitFieldVecU<alloc::boxed::Box<[u64]>>>"
)
# Digests of the type and of its alignment, which the reader demands (and names when they differ).
TYPE_HASH = "2104224edfab29a9b7f197f9bc1e1f0893fe9a213877443ffefcdd3047a04395"
ALIGN_HASH = "ffb987f6d9bb2fd34b4936c9086e280208ec2ab94322eb39081763e18788cd18"
ONES = 1 << 11  # of an inventory
STRIDE = 1 << 6  # of the ones that a sub-inventory has the place of
WORD = 64


def gaps(offsets: np.ndarray) -> bytes:
    """The file .offsets: the first offset, then the distances between them, in γ."""
    return bits.pack(*bits.zeta_codewords(np.diff(offsets, prepend=0), 1))


def elias_fano(offsets: np.ndarray) -> bytes:
    """The file .ef: the offsets (ascending, at least one) with the index for random access.

    Raises Refused when they are too many, and too far apart, for an index without a spill.
    """
    count, most = len(offsets), int(offsets[-1])
    low = max(0, (most // count).bit_length() - 1)
    highs = (offsets >> low) + np.arange(count)
    size = count + 1 + (most >> low)
    lows = _words(_low_bits(offsets, low), count * low + WORD)
    ones = np.zeros(size, np.uint8)
    ones[highs] = 1
    inventory = _inventory(highs, size)
    blob = _header() + struct.pack("<5Q", count, most, low, int(offsets[0]), most)
    blob = _vector(blob, lows) + struct.pack("<QQQ", low, (1 << low) - 1, count)
    blob = _vector(blob, _words(ones, size)) + struct.pack("<Q", size)
    return _vector(_vector(blob, inventory), b"")


def _header() -> bytes:
    digests = bytes.fromhex(TYPE_HASH) + bytes.fromhex(ALIGN_HASH)
    name = TYPE.encode()
    return (
        b"epserde " + struct.pack("<HHB", 2, 0, 8) + digests + struct.pack("<Q", len(name)) + name
    )


def _vector(blob: bytes, words: bytes) -> bytes:
    """Append 64-bit words after their number; they start at a multiple of 8 bytes."""
    blob += struct.pack("<Q", len(words) // 8)
    return blob + bytes(-len(blob) % 8) + words


def _low_bits(offsets: np.ndarray, width: int) -> np.ndarray:
    """The low bits of each offset, least significant first, as one array of bits."""
    return ((offsets[:, None] >> np.arange(width)) & 1).astype(np.uint8).reshape(-1)


def _words(ones: np.ndarray, size: int) -> bytes:
    """Bits as whole 64-bit words, enough for `size`."""
    packed = np.packbits(ones, bitorder="little").tobytes()
    return packed.ljust(-(-size // WORD) * 8, b"\0")


def _inventory(places: np.ndarray, size: int) -> bytes:
    """Where every 2,048th one is, and from there every 64th one of those that follow."""
    blob = b""
    for first in range(0, len(places), ONES):
        near = places[first : first + ONES : STRIDE] - places[first]
        if (
            near[-1] >= 1 << 16
            or places[min(first + ONES, len(places)) - 1] - places[first] >= 1 << 16
        ):
            raise Refused("lists too long for the index of the reader; write fewer lists")
        sub = near.astype("<u2").tobytes().ljust(2 * ONES // STRIDE, b"\0")
        blob += struct.pack("<Q", int(places[first])) + sub
    return blob + struct.pack("<Q", size)
