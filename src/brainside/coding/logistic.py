"""Binary decisions with logistic models, coded with asymmetric numeral systems (constriction).

The encoder fits the weights and sends them; the decoder evaluates them in whole numbers (held in
float64, which is exact below 2⁵³), so that every machine computes the same probabilities.
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
    """Weights (F,), whole numbers, that make the bits (n,) likely, from features (n, F).

    A ridge keeps weights of idle features at zero; of many decisions, evenly spaced ones are used.
    """
    stride = max(1, len(bits) // SAMPLE)
    x, y = features[::stride] / UNIT, bits[::stride]
    weights = np.zeros(x.shape[1])
    for _ in range(8):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -STEEPEST, STEEPEST)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.eye(x.shape[1]) * 0.1
        step = np.linalg.solve(hessian, x.T @ (y - p) - 0.1 * weights)
        weights += np.clip(step, -3, 3)
    return np.clip(np.rint(UNIT * weights), -LARGEST_WEIGHT, LARGEST_WEIGHT - 1)


def probabilities(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The model's probability (n,) of a one, from features (n, F) and weights (F,)."""
    logits = np.rint((features @ weights) * (FINEST / UNIT**2)) + STEEPEST * FINEST
    return PROBABILITIES[np.clip(logits, 0, len(PROBABILITIES) - 1).astype(np.int64)]


def pack_weights(weights: np.ndarray) -> bytes:
    """Weights as 16-bit numbers."""
    return weights.astype("<i2").tobytes()


def unpack_weights(blob: bytes, count: int) -> np.ndarray:
    """The inverse of `pack_weights`; ValueError when there are fewer."""
    if len(blob) < 2 * count:
        raise ValueError("too few weights of a model")
    return np.frombuffer(blob, "<i2", count).astype(np.float64)


def encode(bits: np.ndarray, chances: np.ndarray) -> bytes:
    """The bits (n,), each with its probability (n,) of being one."""
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(bits.astype(np.int32), FAMILY, chances)
    return coder.get_compressed().astype("<u4").tobytes()


class Decoder:
    """Gives the bits back, some at a time, as their probabilities become known."""

    def __init__(self, blob: bytes) -> None:
        """Raises ValueError where the bytes are no stream."""
        if len(blob) % 4:
            raise ValueError("a stream of whole words ends inside one")
        words = np.frombuffer(blob, "<u4").astype(np.uint32)
        self.coder = constriction.stream.stack.AnsCoder(words)

    def bits(self, chances: np.ndarray) -> np.ndarray:
        """The next bits (n,), int32."""
        return self.coder.decode(FAMILY, chances)

    def end(self) -> None:
        """Raises ValueError where something is left."""
        if not self.coder.is_empty():
            raise ValueError("a stream goes on after its last bit")
