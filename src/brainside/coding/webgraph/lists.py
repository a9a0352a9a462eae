"""Lists of successors, and the numbers that stand for them in the BV format.

The format: the documentation of webgraph 0.6.0, module bvgraph; Boldi & Vigna 2004, section 4.
All lists are worked on at once: a stream is an array of numbers beside the list each belongs to.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from brainside.coding import bits
from brainside.coding.webgraph import codes
from brainside.coding.webgraph.format import STREAMS, Format

NAMES = list(STREAMS)


@dataclass(frozen=True)
class Lists:
    """Lists of successors: `counts` (n,) and, one list after the other, ascending `targets`."""

    counts: np.ndarray
    targets: np.ndarray

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each list starts in `targets`."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def owners(self) -> np.ndarray:
        """The list that each target is in."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def width(self) -> int:
        """One more than the largest successor."""
        return int(self.targets.max(initial=-1)) + 1

    @cached_property
    def keys(self) -> np.ndarray:
        """Numbers, ascending, that tell links apart."""
        return self.owners * self.width + self.targets

    def contain(self, lists: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Whether each of `targets` is in the list of that number beside it."""
        if not len(self.keys):
            return np.zeros(len(targets), bool)
        wanted = lists * self.width + targets
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return self.keys[at] == wanted

    def gathered(self, lists: np.ndarray) -> np.ndarray:
        """The targets of these lists, one list after the other."""
        counts = self.counts[lists]
        before = np.repeat(self.starts[lists] - (np.cumsum(counts) - counts), counts)
        return self.targets[before + np.arange(len(before))]


@dataclass(frozen=True)
class Symbols:
    """Numbers in the order in which they are written, each with its list and its stream's index."""

    lists: np.ndarray
    streams: np.ndarray
    numbers: np.ndarray

    def codewords(self, form: Format) -> tuple[np.ndarray, np.ndarray]:
        """Codewords and their lengths."""
        words, lengths = np.zeros_like(self.numbers), np.zeros_like(self.numbers)
        for stream, codes_of in enumerate(STREAMS.values()):
            of = self.streams == stream
            code = getattr(form, codes_of)
            words[of], lengths[of] = codes.codewords(self.numbers[of], code, form.zeta_k)
        return words, lengths


def of_mask(mask: np.ndarray) -> Lists:
    """A list per row of a mask, boolean (rows, columns): the columns that the row keeps."""
    return Lists(mask.sum(1).astype(np.int64), np.nonzero(mask)[1].astype(np.int64))


def symbols(lists: Lists, references: np.ndarray, form: Format) -> Symbols:
    """The numbers that stand for lists, each with respect to the one `references` before it.

    A reference of 0 is none. A list that is referred to has successors.
    """
    references = np.where(lists.counts > 0, references, 0)
    parts = [_part("outdegree", np.arange(len(lists.counts)), lists.counts)]
    if form.window:
        some = np.flatnonzero(lists.counts)
        parts.append(_part("reference", some, references[some]))
        parts += _blocks(lists, references)
    of, targets = _extras(lists, references)
    if form.interval:
        interval, listed = _intervals(of, targets, form.interval)
        parts += listed
        of, targets = of[~interval], targets[~interval]
    parts += _residuals(of, targets)
    listed_in, streams, numbers = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    # Starts and lengths of intervals, one after the other, stay in their places.
    ranks = np.where(streams == NAMES.index("interval length"), streams - 1, streams)
    order = np.argsort(listed_in * len(NAMES) + ranks, kind="stable")
    return Symbols(listed_in[order], streams[order], numbers[order])


Part = tuple[np.ndarray, np.ndarray, np.ndarray]


def _part(stream: str, lists: np.ndarray, numbers: np.ndarray) -> Part:
    return lists, np.full(len(lists), NAMES.index(stream)), numbers


def _blocks(lists: Lists, references: np.ndarray) -> list[Part]:
    """How much of the referred list is copied, skipped, copied, … in turn, but for the last run."""
    referring = np.flatnonzero(references)
    referred = referring - references[referring]
    of = np.repeat(referring, lists.counts[referred])
    copied = lists.contain(of, lists.gathered(referred))
    starts = np.flatnonzero(_differs(of) | _differs(copied))
    run_of, lengths = of[starts], np.diff(starts, append=len(of))
    first, last = _differs(run_of), np.append(_differs(run_of)[1:], True)[: len(starts)]
    skips_first = run_of[first & ~copied[starts]]  # they copy 0 before
    one_less = ~(first & copied[starts])
    blocks = _part("block", run_of[~last], (lengths - one_less)[~last])
    counts = np.bincount(np.append(blocks[0], skips_first), minlength=len(references))
    return [
        _part("block count", referring, counts[referring]),
        _part("block", skips_first, np.zeros_like(skips_first)),
        blocks,
    ]


def _extras(lists: Lists, references: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The links that are not copied."""
    distance = references[lists.owners]
    copied = (distance > 0) & lists.contain(lists.owners - distance, lists.targets)
    return lists.owners[~copied], lists.targets[~copied]


def _intervals(of: np.ndarray, targets: np.ndarray, least: int) -> tuple[np.ndarray, list[Part]]:
    """Which links are in runs of at least `least`, and how these are written."""
    starts = np.flatnonzero(_differs(of) | (np.diff(targets, prepend=-2) != 1))
    lengths = np.diff(starts, append=len(of))
    long = lengths >= least
    some = np.flatnonzero(_differs(of))
    counts = np.bincount(of[starts[long]], minlength=int(of.max(initial=0)) + 1)
    lists, left, length = of[starts[long]], targets[starts[long]], lengths[long]
    ends = np.append(0, left + length)[:-1]
    gaps = np.where(_differs(lists), bits.zigzag(left - lists), left - ends - 1)
    numbers = np.stack([gaps, length - least], 1).reshape(-1)
    streams = [NAMES.index("interval start"), NAMES.index("interval length")]
    pairs = np.repeat(lists, 2), np.tile(streams, len(lists)), numbers
    counted = _part("interval count", of[some], counts[of[some]])
    return np.repeat(long, lengths), [counted, pairs]


def _residuals(of: np.ndarray, targets: np.ndarray) -> list[Part]:
    first = _differs(of)
    gaps = np.diff(targets, prepend=0) - 1
    nearness = bits.zigzag(targets[first] - of[first])
    return [
        _part("first residual", of[first], nearness),
        _part("residual", of[~first], gaps[~first]),
    ]


def _differs(array: np.ndarray) -> np.ndarray:
    """Whether each entry differs from the one before; the first one does."""
    return np.append(True, array[1:] != array[:-1])[: len(array)]
