"""Logistic models of bits, which are coded with asymmetric numeral systems (constriction).

The encoder fits the weights of a model and sends them. The model is evaluated in whole numbers
(held in float64, which is exact below 2⁵³), so that every machine computes the same probabilities.
"""

import constriction
import numpy as np

UNIT = 256  # features and weights are whole multiples of 1/UNIT
FINEST = 64  # logits are looked up in multiples of 1/FINEST …
STEEPEST = 12  # … between −STEEPEST and STEEPEST
SAMPLE = 60_000  # decisions that weights are fitted to
LARGEST_WEIGHT = 1 << 15
LOGS = np.rint(UNIT * np.log(np.arange(1, 1 << 20)))  # LOGS[n] = UNIT ln(n + 1)
_logits = np.arange(-STEEPEST * FINEST, STEEPEST * FINEST + 1) / FINEST
# Rounded, so that no machine's exponential can differ.
PROBABILITIES = np.clip(np.rint((1 << 16) / (1 + np.exp(-_logits))), 1, (1 << 16) - 1) / (1 << 16)
FAMILY = constriction.stream.model.Bernoulli(perfect=False)


def fit(features: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Fit the weights (F,), whole numbers, of a model that predicts bits (n,) from features (n, F).

    Newton's method with a ridge, which keeps the weights of idle features at zero. Of many bits,
    evenly spaced ones are used.
    """
    stride = max(1, len(bits) // SAMPLE)
    x, y = features[::stride] / UNIT, bits[::stride]
    weights = np.zeros(x.shape[1])
    for _ in range(8):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -STEEPEST, STEEPEST)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(x.shape[1]) * 0.1
        step = np.linalg.solve(hessian, x.T @ (y - p) - 0.1 * weights)
        weights += np.clip(step, -3, 3)
    whole: np.ndarray = np.rint(UNIT * weights)
    return np.clip(whole, -LARGEST_WEIGHT, LARGEST_WEIGHT - 1)


def probabilities(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The probabilities (n,) of a one by the model with weights (F,), for features (n, F)."""
    logits = np.rint((features @ weights) * (FINEST / UNIT**2)) + STEEPEST * FINEST
    index: np.ndarray = np.clip(logits, 0, len(PROBABILITIES) - 1).astype(np.int64)
    return PROBABILITIES[index]


def pack_weights(weights: np.ndarray) -> bytes:
    """Write weights as 16-bit numbers."""
    return weights.astype("<i2").tobytes()


def unpack_weights(blob: bytes, count: int) -> np.ndarray:
    """Read `count` weights that `pack_weights` wrote; ValueError when there are fewer."""
    if len(blob) < 2 * count:
        raise ValueError("too few weights of a model")
    return np.frombuffer(blob, "<i2", count).astype(np.float64)


def encode(bits: np.ndarray, chances: np.ndarray) -> bytes:
    """Code bits (n,) with their probabilities (n,) of being one."""
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(bits.astype(np.int32), FAMILY, chances)
    words: np.ndarray = coder.get_compressed()
    return words.astype("<u4").tobytes()


class Decoder:
    """Reads bits that `encode` wrote, some at a time, as their probabilities become known."""

    def __init__(self, blob: bytes) -> None:
        """Start at the first bit; ValueError when the bytes are not a stream."""
        if len(blob) % 4:
            raise ValueError("a stream of whole words ends inside one")
        words = np.frombuffer(blob, "<u4").astype(np.uint32)
        self.coder = constriction.stream.stack.AnsCoder(words)

    def bits(self, chances: np.ndarray) -> np.ndarray:
        """The next bits (n,), int32, which have these probabilities of being one."""
        bits: np.ndarray = self.coder.decode(FAMILY, chances)
        return bits

    def end(self) -> None:
        """Raise ValueError unless all bits have been read."""
        if not self.coder.is_empty():
            raise ValueError("a stream goes on after its last bit")
