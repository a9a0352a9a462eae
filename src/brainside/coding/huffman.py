"""Canonical Huffman codes for small alphabets."""

import heapq

import numpy as np

from brainside.coding import bits

LONGEST = 32  # bits of a codeword
ALPHABET = 1 << 16


def encode(symbols: np.ndarray, alphabet: int) -> bytes:
    """Code symbols 0 ≤ s < alphabet: first a length in one byte per symbol, then the codewords."""
    lengths = code_lengths(np.bincount(symbols, minlength=alphabet))
    codewords = bits.pack(_codes(lengths)[symbols], lengths[symbols])
    return lengths.astype(np.uint8).tobytes() + codewords


def decode(blob: bytes, count: int, alphabet: int) -> np.ndarray:
    """Read `count` symbols (int64) that `encode` wrote; ValueError when the bytes are others."""
    if alphabet > ALPHABET or len(blob) < alphabet:
        raise ValueError("no code lengths")
    lengths = np.frombuffer(blob[:alphabet], np.uint8).astype(np.int64)
    used = np.flatnonzero(lengths)
    if lengths.max(initial=0) > LONGEST or not _is_prefix_code(lengths[used].tolist()):
        raise ValueError("these lengths are of no prefix code")
    order = used[np.argsort(lengths[used], kind="stable")]
    firsts = (_codes(lengths)[order] << (LONGEST - lengths[order])).astype(np.uint64)
    windows = bits.unpack(blob[alphabet:], count, lambda w: lengths[_symbols(w, firsts, order)])
    return _symbols(windows, firsts, order) if count else np.zeros(0, np.int64)


def code_lengths(counts: np.ndarray) -> np.ndarray:
    """Bits of each symbol's codeword (int64), at most 32, and 0 for symbols that do not occur."""
    counts = counts.astype(np.int64)
    while True:
        lengths = _tree_depths(counts)
        if lengths.max(initial=0) <= LONGEST:
            return lengths
        counts = np.where(counts > 0, counts // 2 + 1, 0)


def _is_prefix_code(lengths: list[int]) -> bool:
    """Whether a prefix code with these lengths exists, by Kraft's inequality."""
    return sum(1 << (LONGEST - length) for length in lengths) <= 1 << LONGEST


def _tree_depths(counts: np.ndarray) -> np.ndarray:
    used = np.flatnonzero(counts).tolist()
    depths = np.zeros(len(counts), np.int64)
    heap = [(int(counts[symbol]), symbol, [symbol]) for symbol in used]
    heapq.heapify(heap)
    if len(heap) == 1:
        depths[used] = 1
    while len(heap) > 1:
        light, first, below = heapq.heappop(heap)
        heavy, _, others = heapq.heappop(heap)
        depths[below + others] += 1
        heapq.heappush(heap, (light + heavy, first, below + others))
    return depths


def _codes(lengths: np.ndarray) -> np.ndarray:
    """Canonical codewords: shorter ones first, then in the order of the alphabet."""
    codes = np.zeros(len(lengths), np.int64)
    code, before = 0, 0
    for symbol in sorted(np.flatnonzero(lengths).tolist(), key=lambda s: (lengths[s], s)):
        code <<= int(lengths[symbol]) - before
        before = int(lengths[symbol])
        codes[symbol] = code
        code += 1
    return codes


def _symbols(windows: np.ndarray, firsts: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The symbols whose codewords are at the top of the windows (56 bits)."""
    if not len(order):
        raise ValueError("an empty code")
    top = windows >> np.uint64(bits.WINDOW - LONGEST)
    return order[np.searchsorted(firsts, top, side="right") - 1]
