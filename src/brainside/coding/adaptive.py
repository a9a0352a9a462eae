"""Arithmetic coding of positions and of shared values, with the contexts of contexts.py."""

import math

import numpy as np

from brainside.coding import logistic
from brainside.coding.bits import join, split
from brainside.coding.contexts import Scan, magnitude_features, scan_positions, scan_signs

FEWEST = 500  # a model of fewer decisions has one weight only
MODELS = (1, 4)  # numbers of weights that are also tried where decisions are fewer than FEW
FEW = 20_000
EXTREME = 12 * logistic.UNIT  # the logit that stands for all (or, negative, nothing) kept
CHUNK = 1 << 15  # decisions whose probabilities are computed at a time, so that they stay in cache
LONGEST_SCAN = 1 << 13  # columns, each of which is a step
Degrees = np.ndarray | None


def encode_positions(mask: np.ndarray, degrees: Degrees) -> bytes:
    """Code a mask, boolean (rows, columns); `degrees` counts what units before the layer keep.

    The logit of the density comes first; nothing follows when all or nothing is kept.
    """
    ones, zeros = int(mask.sum()), int((~mask).sum())
    if not ones or not zeros:
        return logistic.pack_weights(np.array([EXTREME if ones else -EXTREME]))
    logit = round(logistic.UNIT * math.log(ones / zeros))
    logit = min(max(logit, 1 - EXTREME), EXTREME - 1)
    scan, turned = scan_of(mask.shape, degrees)
    recorder = Recorder(mask.T if turned else mask)
    scan_positions(scan, _density(logit), recorder)
    return logistic.pack_weights(np.array([logit])) + recorder.encode()


def decode_positions(blob: bytes, shape: tuple[int, int], degrees: Degrees) -> np.ndarray:
    """Read a mask that `encode_positions` wrote; ValueError when the bytes are others."""
    logit = logistic.unpack_weights(blob, 1)[0]
    if abs(logit) >= EXTREME:
        return np.full(shape, logit > 0)
    scan, turned = scan_of(shape, degrees)
    replay = Replay(blob[2:])
    mask = scan_positions(scan, _density(logit), replay)
    replay.end()
    return mask.T if turned else mask


def encode_symbols(
    symbols: np.ndarray, levels: np.ndarray, mask: np.ndarray, degrees: Degrees
) -> bytes:
    """Code symbols (one per kept weight), which point into ascending levels.

    Signs come first, then magnitudes: the rank of a level among those of its sign, coded in unary,
    one decision per magnitude whether to go on.
    """
    scan, turned = scan_of(mask.shape, degrees)
    grid = np.zeros(mask.shape, np.int64)
    grid[mask] = symbols
    grid, mask = (grid.T, mask.T) if turned else (grid, mask)
    least = int((levels < 0).sum())
    recorder = Recorder(grid < least)
    if 0 < least < len(levels):
        scan_signs(scan, mask, recorder)
    scanned = grid[mask]
    negative = scanned < least
    magnitudes = np.where(negative, least - 1 - scanned, scanned - least)
    stream = _encode_magnitudes(magnitudes, _most(levels), magnitude_features(mask, negative))
    return join([recorder.encode(), stream])


def decode_symbols(
    blob: bytes, levels: np.ndarray, mask: np.ndarray, degrees: Degrees
) -> np.ndarray:
    """Read symbols, int64, that `encode_symbols` wrote; ValueError when the bytes are others."""
    signs, stream = split(blob, 2)
    scan, turned = scan_of(mask.shape, degrees)
    scanned = mask.T if turned else mask
    least = int((levels < 0).sum())
    negative = np.full(int(mask.sum()), least > 0)
    if 0 < least < len(levels):
        replay = Replay(signs)
        negative = scan_signs(scan, scanned, replay)[scanned] < 0
        replay.end()
    features = magnitude_features(scanned, negative)
    magnitudes = _decode_magnitudes(stream, _most(levels), features)
    grid = np.zeros(scanned.shape, np.int64)
    grid[scanned] = np.where(negative, least - 1 - magnitudes, least + magnitudes)
    symbols: np.ndarray = (grid.T if turned else grid)[mask]
    return symbols


def scan_of(shape: tuple[int, int], degrees: Degrees) -> tuple[Scan, bool]:
    """How a mask (rows, columns) is scanned, and whether it is transposed for that.

    A file does not say which columns form an image. They do when they are squares, one per unit of
    the layer before, or one or three in a first layer. Otherwise the longer side has the lanes.
    """
    rows, columns = shape
    spread, numbers_of_maps = None, [1, 3]
    if degrees is not None and len(degrees) > 0 and columns % len(degrees) == 0:
        spread, numbers_of_maps = np.repeat(degrees, columns // len(degrees)), [len(degrees)]
    for maps in numbers_of_maps:
        side = math.isqrt(columns // maps)
        if maps * side * side == columns and side > 1 and columns <= LONGEST_SCAN:
            return Scan(rows, (maps, side, side), spread, by_column=True), False
    if rows >= columns:
        return Scan(rows, (1, 1, columns), spread, by_column=True), False
    return Scan(columns, (1, 1, rows), spread), True


class Recorder:
    """The encoder's side of a scan: gives the known bits, keeps their contexts, codes them all."""

    def __init__(self, bits: np.ndarray) -> None:
        """Take the bits to be coded, boolean (lanes, columns)."""
        self.known = bits
        self.contexts: list[np.ndarray] = []
        self.bits: list[np.ndarray] = []

    def __call__(self, features: np.ndarray, lanes: np.ndarray, column: int) -> np.ndarray:
        """The bits of some lanes in a column."""
        self.contexts.append(features.T.astype(np.int16))  # whole numbers below 2¹⁵
        self.bits.append(self.known[lanes, column])
        return self.bits[-1]

    def encode(self) -> bytes:
        """Number of weights, weights, and stream; no bytes when no bit was asked for.

        Few bits are coded with fewer features when that is shorter.
        """
        if not self.bits:
            return b""
        features, bits = np.concatenate(self.contexts), np.concatenate(self.bits)
        counts = [features.shape[1], *(MODELS if len(bits) < FEW else ())]
        return min((_modelled(features[:, :n], bits) for n in counts), key=len)


class Replay:
    """The decoder's side of a scan: gives the bits that `Recorder.encode` coded."""

    def __init__(self, blob: bytes) -> None:
        """Read the model; ValueError when the bytes are no model and stream."""
        count = blob[0] if blob else 0
        self.weights = logistic.unpack_weights(blob[1:], count)
        self.decoder = logistic.Decoder(blob[1 + 2 * count :])

    def __call__(self, features: np.ndarray, lanes: np.ndarray, column: int) -> np.ndarray:
        """The bits of some lanes in a column."""
        used = features[: len(self.weights)].T
        return self.decoder.bits(logistic.probabilities(used, self.weights))

    def end(self) -> None:
        """Raise ValueError unless all bits have been read."""
        self.decoder.end()


def _modelled(features: np.ndarray, bits: np.ndarray) -> bytes:
    weights = logistic.fit(features, bits)
    chunks = range(0, len(bits), CHUNK)
    chances = [logistic.probabilities(features[at : at + CHUNK], weights) for at in chunks]
    stream = logistic.encode(bits, np.concatenate(chances))
    return bytes([len(weights)]) + logistic.pack_weights(weights) + stream


def _encode_magnitudes(magnitudes: np.ndarray, most: int, features: np.ndarray) -> bytes:
    weights, bits, chances = [], [], []
    for magnitude in range(most):
        reached = magnitudes >= magnitude
        x, going_on = features[reached], magnitudes[reached] > magnitude
        x = x if len(x) >= FEWEST else x[:, :1]
        weights.append(logistic.fit(x, going_on))
        bits.append(going_on)
        chances.append(logistic.probabilities(x, weights[-1]))
    if not most:
        return b""
    packed = logistic.pack_weights(np.concatenate(weights))
    return join([packed, logistic.encode(np.concatenate(bits), np.concatenate(chances))])


def _decode_magnitudes(blob: bytes, most: int, features: np.ndarray) -> np.ndarray:
    magnitudes = np.zeros(len(features), np.int64)
    if not most:
        return magnitudes
    packed, stream = split(blob, 2)
    decoder, reached = logistic.Decoder(stream), np.arange(len(features))
    for _ in range(most):
        x = features[reached] if len(reached) >= FEWEST else features[reached, :1]
        weights = logistic.unpack_weights(packed, x.shape[1])
        packed = packed[2 * len(weights) :]
        reached = reached[decoder.bits(logistic.probabilities(x, weights)) == 1]
        magnitudes[reached] += 1
    decoder.end()
    return magnitudes


def _most(levels: np.ndarray) -> int:
    """The largest magnitude among ascending levels."""
    least = int((levels < 0).sum())
    return max(least, len(levels) - least, 1) - 1


def _density(logit: float) -> float:
    return 1 / (1 + math.exp(-logit / logistic.UNIT))
