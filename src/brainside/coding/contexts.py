"""Contexts: positions and signs of kept weights, each predicted from what is decoded before it.

A layer is scanned in blocks of lanes (units). In each block it is scanned column by column, all
lanes of the block at once; in a first layer a column is a pixel. The context of a bit is: how often
its column and the columns around it were kept in earlier blocks, how much its lane has kept so far,
what the nearest lanes of earlier blocks keep, the four neighbours in the image that come before it,
and how much the unit at the other end of the connection keeps in the layer before. Only the
weights of the model are sent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from brainside.coding.logistic import LOGS, UNIT

AROUND = ((0, -1), (-1, 0), (-1, -1), (-1, 1))  # left, up, up-left, up-right
WINDOW = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))
PRIOR = 2.0  # lanes of the layer's density that every column is assumed to have had
HALVINGS = 4
POSITION_FEATURES = 7 + len(AROUND)
SIGN_FEATURES = 3 + len(AROUND)


@dataclass(frozen=True)
class Scan:
    """The order in which a matrix (lanes, columns) is scanned, and what is known beforehand.

    `image` is (maps, height, width) with maps · height · width columns; neighbours are in the same
    map. `degrees` counts, where known, the weights that the unit of each lane (with `by_column`,
    of each column) keeps in the layer before.
    """

    lanes: int
    image: tuple[int, int, int]
    degrees: np.ndarray | None = None
    by_column: bool = False

    @property
    def columns(self) -> int:
        """The number of columns."""
        return math.prod(self.image)

    def blocks(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Blocks of lanes: every sixteenth, then those halfway in between, and so on to all.

        With each block come the nearest lanes of earlier blocks, (lanes, 2); none for the first.
        """
        first = np.arange(0, self.lanes, 1 << HALVINGS)
        blocks = [(first, np.zeros((0, 2), np.int64))]
        for apart in (1 << n for n in reversed(range(HALVINGS))):
            lanes = np.arange(apart, self.lanes, 2 * apart)
            after = np.where(lanes + apart < self.lanes, lanes + apart, lanes - apart)
            blocks.append((lanes, np.stack([lanes - apart, after], 1)))
        return [(lanes, near) for lanes, near in blocks if len(lanes)]

    def shifted(self, offsets: Sequence[tuple[int, int]]) -> np.ndarray:
        """For each column the columns at `offsets`; the number of columns stands for none."""
        maps, height, width = self.image
        if height == 1:
            return np.full((self.columns, len(offsets)), self.columns)
        grid = np.full((maps, height + 2, width + 2), self.columns)
        grid[:, 1:-1, 1:-1] = np.arange(self.columns).reshape(self.image)
        inside = [
            grid[:, 1 + y : 1 + y + height, 1 + x : 1 + x + width].reshape(-1) for y, x in offsets
        ]
        return np.stack(inside, 1)

    def across(self) -> np.ndarray:
        """The logarithm of each degree over the mean degree, or zeros where none are known."""
        if self.degrees is None:
            return np.zeros(max(self.lanes, self.columns))
        mean = int(self.degrees.sum()) / max(1, len(self.degrees))
        return np.rint(UNIT * (np.log(self.degrees + 0.1) - math.log(mean + 0.1)))


class Bits(Protocol):
    """What gives the bits of a step: the encoder knows them, the decoder reads them."""

    def __call__(self, features: np.ndarray, lanes: np.ndarray, column: int) -> np.ndarray:
        """The bits (n,) of n lanes in a column, given their features (F, n)."""


def scan_positions(scan: Scan, density: float, say: Bits) -> np.ndarray:
    """Scan a mask, boolean (lanes, columns), whose bits `say` gives column by column.

    The frequencies of columns are shrunk towards `density`.
    """
    mask = np.zeros((scan.lanes, scan.columns + 1), bool)  # the last column: no neighbour
    around, across, decoded = scan.shifted(AROUND), scan.across(), 0
    for lanes, near in scan.blocks():
        kept, x = np.zeros(len(lanes), np.int64), np.zeros((POSITION_FEATURES, len(lanes)))
        x[0], x[4] = UNIT, _nearby(mask, near)
        if not scan.by_column:
            x[5] = across[lanes]
        columns, windows = _frequencies(scan, mask.sum(0), decoded, density)
        for column in range(scan.columns):
            x[1], x[2] = columns[column], windows[column]
            x[3] = LOGS[kept] - round(UNIT * math.log1p(int(kept.sum()) / len(kept)))
            if scan.by_column:
                x[5] = across[column]
            if len(near):
                x[6] = mask[near, column].sum(1) * UNIT
            x[7:] = mask[lanes, around[column][:, None]] * UNIT
            bits = say(x, lanes, column)
            mask[lanes, column] = bits
            kept += bits
        decoded += len(lanes)
    return mask[:, :-1]


def scan_signs(scan: Scan, mask: np.ndarray, say: Bits) -> np.ndarray:
    """Scan signs, int64 (lanes, columns), 0 where not kept; `say` gives 1 for negative ones.

    Contexts are the signs of the neighbours, and the balance of the lane and the column so far.
    """
    signs = np.zeros((scan.lanes, scan.columns + 1), np.int64)
    around = scan.shifted(AROUND)
    for block, _ in scan.blocks():
        columns = _signed_log(signs.sum(0))
        balance = np.zeros(scan.lanes, np.int64)
        for column in np.flatnonzero(mask[block].any(0)).tolist():
            lanes = block[mask[block, column]]
            x = np.empty((SIGN_FEATURES, len(lanes)))
            x[0], x[1], x[2] = UNIT, columns[column], _signed_log(balance[lanes])
            x[3:] = signs[lanes, around[column][:, None]] * UNIT
            drawn = 1 - 2 * say(x, lanes, column).astype(np.int64)
            signs[lanes, column] = drawn
            balance[lanes] += drawn
    return signs[:, :-1]


def magnitude_features(mask: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Contexts (n, 4) of the magnitudes of kept weights.

    They are a constant, how much the lane and the column keep, and the sign.
    """
    lanes, columns = np.nonzero(mask)
    by_lane, by_column = _over_mean(mask.sum(1)), _over_mean(mask.sum(0))
    constant = np.full(len(lanes), float(UNIT))
    return np.stack([constant, by_lane[lanes], by_column[columns], negative * UNIT], 1)


def _frequencies(
    scan: Scan, counts: np.ndarray, lanes: int, density: float
) -> tuple[np.ndarray, np.ndarray]:
    """For each column the logit of its frequency in decoded lanes, and of those around it."""
    around = scan.shifted(WINDOW)
    size = lanes * (around < scan.columns).sum(1)
    return _logit(counts[:-1], lanes, density), _logit(counts[around].sum(1), size, density)


def _logit(counts: np.ndarray, size: np.ndarray | int, density: float) -> np.ndarray:
    ones, zeros = counts + PRIOR * density, size - counts + PRIOR * (1 - density)
    logits: np.ndarray = np.rint(UNIT * (np.log(ones) - np.log(zeros)))
    return logits


def _nearby(mask: np.ndarray, near: np.ndarray) -> np.ndarray | float:
    """The logarithm of how much the nearest lanes (n, 2) keep, over its mean."""
    if not len(near):
        return 0.0
    return _over_mean(mask.sum(1)[near].sum(1))


def _over_mean(counts: np.ndarray) -> np.ndarray:
    mean = int(counts.sum()) / max(1, len(counts))
    logs: np.ndarray = LOGS[counts] - round(UNIT * math.log1p(mean))
    return logs


def _signed_log(balance: np.ndarray) -> np.ndarray:
    logs: np.ndarray = np.sign(balance) * LOGS[np.abs(balance)]
    return logs
