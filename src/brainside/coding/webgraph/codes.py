"""Codes of natural numbers as WebGraph has them: unary, γ, δ, ζ_k."""

import numpy as np

from brainside.coding import bits

LONGEST = 40  # bits of a number that is read


def codewords(numbers: np.ndarray, code: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Codewords (low bits) and their lengths, both int64, of natural numbers.

    `code` is unary (n zeros and a one), gamma, delta, or zeta with the parameter `k`. Raises
    ValueError for another code.
    """
    if code == "unary":
        return np.ones_like(numbers), numbers + 1
    if code == "gamma":
        return bits.zeta_codewords(numbers, 1)
    if code == "zeta":
        return bits.zeta_codewords(numbers, k)
    if code == "delta":
        return _delta(numbers)
    raise ValueError(f"unknown code {code!r}")


def _delta(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codewords of δ: the length of n + 1 in γ, then n + 1 without its leading one."""
    width = np.frexp(numbers + 1.0)[1].astype(np.int64) - 1
    prefix, length = bits.zeta_codewords(width, 1)
    return (prefix << width) | (numbers + 1 - (np.int64(1) << width)), length + width


class Reader:
    """Reads numbers from bytes, one after the other; ValueError where there is none."""

    def __init__(self, blob: bytes) -> None:
        """Start at the first bit."""
        ones = np.unpackbits(np.frombuffer(blob, np.uint8))
        self.text = (ones + ord("0")).tobytes().decode()
        self.at = 0

    def number(self, code: str, k: int) -> int:
        """Read a number in a code, as `codewords` has them; ValueError for another code."""
        if code == "unary":
            return self._zeros(len(self.text))
        if code == "delta":
            width = self.number("gamma", 1)
            return (1 << width | self._bits(width)) - 1
        if code == "gamma":
            width = self._zeros(LONGEST)
            return (1 << width | self._bits(width)) - 1
        if code == "zeta":
            return self._zeta(k)
        raise ValueError(f"unknown code {code!r}")

    def _zeta(self, k: int) -> int:
        least = 1 << (self._zeros(LONGEST // k) * k)
        tail = self._bits(least.bit_length() + k - 2)
        if tail < least:
            return tail + least - 1
        return (tail << 1 | self._bits(1)) - 1

    def _zeros(self, most: int) -> int:
        """The zeros before the next one, which is read as well."""
        zeros = self.text.find("1", self.at) - self.at
        if not 0 <= zeros <= most:
            raise ValueError("a number is too large, or cut")
        self.at += zeros + 1
        return zeros

    def _bits(self, width: int) -> int:
        start, self.at = self.at, self.at + width
        if width > LONGEST or self.at > len(self.text):
            raise ValueError("a number is too large, or cut")
        return int(self.text[start : self.at] or "0", 2)
