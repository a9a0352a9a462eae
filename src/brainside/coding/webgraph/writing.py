"""Which list each list refers to, and the bits of all of them."""

import numpy as np

from brainside.coding import bits
from brainside.coding.webgraph.format import UNLIMITED, Format
from brainside.coding.webgraph.lists import Lists, Symbols, symbols


def encode(lists: Lists, form: Format) -> tuple[bytes, np.ndarray]:
    """Write lists: bytes, and the n + 1 offsets (in bits) where each list starts and all end."""
    chosen = written(lists, form)
    words, lengths = chosen.codewords(form)
    sizes = _sizes(chosen, lengths, len(lists.counts))
    return bits.pack(words, lengths), np.append(0, np.cumsum(sizes))


def written(lists: Lists, form: Format) -> Symbols:
    """The numbers that stand for lists in the format, with the references that suit it."""
    return symbols(lists, references(lists, form), form)


def references(lists: Lists, form: Format) -> np.ndarray:
    """How far back the list lies that each refers to, 0 for none: as WebGraph chooses, greedily.

    In turn, each takes the list that makes it shortest, the nearest one among equals, where the
    chain of references ends within the limit.
    """
    costs = bits_by_reference(lists, form)
    if form.chain == UNLIMITED:
        return costs.argmin(1)
    chosen, depth = np.zeros(len(costs), np.int64), np.zeros(len(costs), np.int64)
    for n in range(len(costs)):
        reach = min(n, form.window)
        before = depth[n - reach : n][::-1]
        allowed = np.where(before < form.chain, costs[n, 1 : reach + 1], np.inf)
        chosen[n] = np.append(costs[n, 0], allowed).argmin()
        depth[n] = depth[n - chosen[n]] + 1 if chosen[n] else 0
    return chosen


def bits_by_reference(lists: Lists, form: Format) -> np.ndarray:
    """The bits (n, window + 1) of each list by its reference, infinite where there is none."""
    count = len(lists.counts)
    costs = np.full((count, form.window + 1), np.inf)
    for distance in range(min(count, form.window + 1)):
        fits = np.ones(count, bool)
        if distance:
            fits[:distance] = False
            fits[distance:] = lists.counts[:-distance] > 0
        tried = symbols(lists, distance * fits, form)
        sizes = _sizes(tried, tried.codewords(form)[1], count)
        costs[fits, distance] = sizes[fits]
    return costs


def _sizes(written: Symbols, lengths: np.ndarray, count: int) -> np.ndarray:
    """The bits of each list."""
    return np.bincount(written.lists, lengths, minlength=count).astype(np.int64)
