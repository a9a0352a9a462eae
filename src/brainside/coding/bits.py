"""Bit strings in NumPy: codewords of any length are packed and read again; ζ codes.

Reading is bounded: whatever the bytes are, it ends, and takes memory in proportion to their number
and to the count that is asked for.
"""

from collections.abc import Callable, Sequence

import numpy as np

WINDOW = 56  # bits of a window: as many as a 64-bit word has from any bit of its first byte on
CHUNK = 1 << 18  # bits at a time
LARGEST = 1 << 25  # a number coded by ζ is smaller
SHRINKING = range(1, 7)  # the parameters k of ζ_k that are tried
Lengths = Callable[[np.ndarray], np.ndarray]


def pack(codewords: np.ndarray, lengths: np.ndarray) -> bytes:
    """Concatenate codewords: the low `lengths` bits of each, most significant first."""
    lengths = lengths.astype(np.int64)
    ends = np.repeat(np.cumsum(lengths), lengths)
    shifts = (ends - 1 - np.arange(len(ends))).astype(np.uint64)
    bits = (np.repeat(codewords.astype(np.uint64), lengths) >> shifts) & np.uint64(1)
    return np.packbits(bits.astype(np.uint8)).tobytes()


def unpack(blob: bytes, count: int, lengths: Lengths, *, chunk: int = CHUNK) -> np.ndarray:
    """The windows (56 bits, as uint64) that begin with each of `count` codewords.

    `lengths` maps windows to the length of the codeword at the top of each, 0 where there is none.
    The bytes are read `chunk` bits at a time. Raises ValueError when they are not exactly `count`
    codewords.
    """
    parts: list[np.ndarray] = []
    at, total = 0, 0
    while total < count:
        windows = _windows(blob, at, min(at + chunk, 8 * len(blob)))
        starts, ahead = _walk(lengths(windows), count - total)
        parts.append(windows[starts])
        at, total = at + ahead, total + len(starts)
    if not 8 * len(blob) - 8 < at <= 8 * len(blob):
        raise ValueError("codewords end elsewhere than their bytes")
    return np.concatenate([np.empty(0, np.uint64), *parts])


def fix(numbers: np.ndarray, width: int) -> bytes:
    """Write numbers with `width` bits each."""
    return pack(numbers, np.full(len(numbers), width))


def unfix(blob: bytes, count: int, width: int) -> np.ndarray:
    """Read `count` numbers (int64) that `fix` wrote; ValueError when the bytes are others."""
    if len(blob) != -(-count * width // 8):
        raise ValueError("numbers do not fill their bytes")
    bits = np.unpackbits(np.frombuffer(blob, np.uint8), count=count * width)
    powers = 1 << np.arange(width)[::-1]
    numbers: np.ndarray = bits.reshape(count, width).astype(np.int64) @ powers
    return numbers


def zeta(numbers: np.ndarray, *, parameters: Sequence[int] = SHRINKING) -> bytes:
    """Write numbers 0 ≤ n < 2²⁵ in the ζ_k code of the best k, after a byte that says k.

    ζ_k (Boldi & Vigna 2004) with h = ⌊log₂(n+1)/k⌋ is h in unary, then n+1−2^{hk} in minimal
    binary; ζ₁ is Elias' γ. `parameters` are the k that are tried. Raises ValueError for other
    numbers.
    """
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < LARGEST:
        raise ValueError("a number is out of the range of the code")
    sizes = {k: int(zeta_codewords(numbers, k)[1].sum()) for k in parameters}
    best = min(sizes, key=lambda k: sizes[k])
    return bytes([best]) + pack(*zeta_codewords(numbers, best))


def unzeta(blob: bytes, count: int, *, chunk: int = CHUNK) -> np.ndarray:
    """Read `count` numbers (int64) that `zeta` wrote; ValueError when the bytes are others."""
    k = blob[0] if blob else 0
    if k not in SHRINKING:
        raise ValueError("unknown parameter of a ζ code")
    windows = unpack(blob[1:], count, lambda windows: _zeta_lengths(windows, k), chunk=chunk)
    unary, long = _zeta_shape(windows, k)
    tail_length = (unary + 1) * k - ~long
    tail = _top(windows << (unary + 1).astype(np.uint64), tail_length)
    least = np.int64(1) << (unary * k)
    return np.where(long, tail - least, tail) + least - 1


def zigzag(numbers: np.ndarray) -> np.ndarray:
    """Map integers to natural numbers: 0, −1, 1, −2, 2, … to 0, 1, 2, 3, 4, …"""
    return np.where(numbers < 0, -2 * numbers - 1, 2 * numbers)


def unzigzag(numbers: np.ndarray) -> np.ndarray:
    """Map natural numbers back to the integers of `zigzag`."""
    return np.where(numbers % 2, -(numbers + 1) // 2, numbers // 2)


def join(parts: list[bytes]) -> bytes:
    """Concatenate parts, each after its length (seven bits per byte, the lowest first)."""
    return b"".join(_varint(len(part)) + part for part in parts)


def split(blob: bytes, most: int) -> list[bytes]:
    """The parts that `join` wrote; ValueError unless the bytes are at most `most` whole parts."""
    parts: list[bytes] = []
    at = 0
    while at < len(blob) and len(parts) < most:
        length, shift = 0, 0
        while blob[at : at + 1] > b"\x7f" and shift < 28:
            length |= (blob[at] & 127) << shift
            at, shift = at + 1, shift + 7
        start = at + 1
        at = start + (length | (blob[at] << shift) if at < len(blob) else 0)
        parts.append(blob[start:at])
    if at != len(blob):
        raise ValueError("parts end elsewhere than their bytes")
    return parts


def _varint(number: int) -> bytes:
    low, high = number & 127, number >> 7
    return bytes([low | 128]) + _varint(high) if high else bytes([low])


def _windows(blob: bytes, start: int, stop: int) -> np.ndarray:
    """The 56 bits that begin at each bit in [start, stop), with zeros after the end."""
    if start >= stop:
        raise ValueError("codewords end before their count")
    first, last = start // 8, stop // 8 + 9
    raw = np.frombuffer(blob[first:last].ljust(last - first, b"\0"), np.uint8)
    words = np.zeros(len(raw) - 7, np.uint64)
    for n in range(8):
        words = (words << np.uint64(8)) | raw[n : n + len(words)]
    at = np.arange(start, stop)
    return (words[at // 8 - first] << (at % 8).astype(np.uint64)) >> np.uint64(8)


def _walk(lengths: np.ndarray, count: int) -> tuple[list[int], int]:
    """Where codewords start in a chunk, at most `count`, and where the next one does."""
    starts: list[int] = []
    ahead, at = lengths.tolist(), 0
    while len(starts) < count and at < len(ahead):
        if not ahead[at]:
            raise ValueError("no codeword")
        starts.append(at)
        at += ahead[at]
    return starts, at


def _top(windows: np.ndarray, length: np.ndarray) -> np.ndarray:
    """The first `length` of the 56 bits of each window, as a number."""
    kept = windows & np.uint64((1 << WINDOW) - 1)
    return (kept >> (WINDOW - length).astype(np.uint64)).astype(np.int64)


def zeta_codewords(numbers: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Codewords and lengths of ζ_k."""
    numbers = numbers.astype(np.int64)
    unary = (np.frexp(numbers + 1.0)[1].astype(np.int64) - 1) // k
    least = np.int64(1) << (unary * k)
    rest = numbers + 1 - least
    long = rest >= least
    tail_length = (unary + 1) * k - ~long
    tail = np.where(long, rest + least, rest)
    return (np.int64(1) << tail_length) | tail, unary + 1 + tail_length


def _zeta_shape(windows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """For each window the unary part h, and whether the binary part has its full (h+1)k bits."""
    top = (windows >> np.uint64(WINDOW - 32)).astype(np.float64)
    unary = np.where(top > 0, 32 - np.frexp(top)[1], 0).astype(np.int64)
    width = (unary + 1) * k - 1
    short = _top(windows << (unary + 1).astype(np.uint64), np.minimum(width, WINDOW))
    return unary, short >= (np.int64(1) << np.minimum(unary * k, 62))


def _zeta_lengths(windows: np.ndarray, k: int) -> np.ndarray:
    unary, long = _zeta_shape(windows, k)
    length = unary + 1 + (unary + 1) * k - ~long
    valid = (windows >> np.uint64(WINDOW - 32) > 0) & (unary * k < 26)
    return np.where(valid, length, 0)
