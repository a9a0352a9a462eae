"""Lists of successors from bits of the BV format."""

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from brainside.coding.webgraph.codes import Reader
from brainside.coding.webgraph.format import STREAMS, Format

Read = Callable[[str], int]  # the next number, of this stream


def decode(reader: Reader, count: int, width: int, form: Format) -> Iterator[np.ndarray]:
    """Read `count` lists of successors below `width`; ValueError when the bits are none."""
    before: deque[np.ndarray] = deque(maxlen=form.window or 1)

    def read(stream: str) -> int:
        """The next number of a stream, in the code that the format gives it."""
        return reader.number(getattr(form, STREAMS[stream]), form.zeta_k)

    for n in range(count):
        successors = _list(read, n, before, width, form)
        before.appendleft(successors)
        yield successors


def _list(read: Read, n: int, before: deque[np.ndarray], width: int, form: Format) -> np.ndarray:
    outdegree = read("outdegree")
    if outdegree > width:
        raise ValueError("a list is longer than the lists can be")
    parts = [np.zeros(0, np.int64)]
    if form.window and outdegree:
        parts.append(_copied(read, before))
    extra = outdegree - len(parts[-1])
    if form.interval and extra > 0:
        parts += _intervals(read, n, extra, form.interval)
    extra = outdegree - sum(map(len, parts))
    if extra < 0:
        raise ValueError("a list is longer than its outdegree")
    parts.append(_residuals(read, n, extra, width))
    successors = np.sort(np.concatenate(parts))
    if outdegree and not 0 <= successors[0] <= successors[-1] < width:
        raise ValueError("a successor beyond the last")
    if (np.diff(successors) == 0).any():
        raise ValueError("a successor twice")
    return successors


def _copied(read: Read, before: deque[np.ndarray]) -> np.ndarray:
    """What is copied of the list that is referred to."""
    reference = read("reference")
    if reference == 0:
        return np.zeros(0, np.int64)
    if reference > len(before):
        raise ValueError("a reference before the first list")
    referred = before[reference - 1]
    blocks = read("block count")
    if blocks > len(referred) + 1:
        raise ValueError("more blocks than successors")
    lengths = [read("block") + (n > 0) for n in range(blocks)]
    rest = len(referred) - sum(lengths)
    if rest < 0:
        raise ValueError("blocks beyond the list that they copy")
    copies = np.arange(blocks + 1) % 2 == 0
    return referred[np.repeat(copies, [*lengths, rest])]


def _intervals(read: Read, n: int, extra: int, least: int) -> list[np.ndarray]:
    intervals: list[np.ndarray] = []
    end = 0
    for number in range(read("interval count")):
        start = read("interval start")
        left = start + end + 1 if number else n + _signed(start)
        end = left + read("interval length") + least
        extra -= end - left
        if extra < 0:
            raise ValueError("intervals are longer than their list")
        intervals.append(np.arange(left, end))
    return intervals


def _residuals(read: Read, n: int, count: int, width: int) -> np.ndarray:
    residuals = np.zeros(count, np.int64)
    if count:
        last = n + _signed(read("first residual"))
        residuals[0] = last
    for number in range(1, count):
        last += read("residual") + 1
        if last >= width:
            raise ValueError("a successor beyond the last")
        residuals[number] = last
    return residuals


def _signed(number: int) -> int:
    """The integer that was mapped to a natural number, as `bits.zigzag` does."""
    return -(number + 1) // 2 if number % 2 else number // 2
