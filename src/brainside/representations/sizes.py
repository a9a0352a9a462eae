"""The one accountant: weights, multiply-adds and bytes of a stored network."""

from brainside.networks.counts import connectivity, multiply_adds
from brainside.representations import checkpoint
from brainside.representations.compressed import Compressed


def count(compressed: Compressed, image_shape: tuple[int, ...]) -> dict[str, int]:
    """Every size of a stored network.

    `weights` are the stored free weights, `nonzero_weights` those that are not zero, `biases` the
    other stored numbers, `multiply_adds` those of one image of shape (C, H, W) through the rebuilt
    network with zero weights skipped, `checkpoint_bytes` the length of the container file. For the
    rest see `connectivity`.
    """
    stored, network = compressed.weights.values(), compressed.network()
    return {
        "weights": sum(w.numel() for w in stored),
        "biases": sum(b.numel() for b in compressed.biases.values()),
        "nonzero_weights": sum(int(w.count_nonzero()) for w in stored),
        "multiply_adds": multiply_adds(network, image_shape),
        "checkpoint_bytes": len(checkpoint.encode(compressed)),
        **connectivity(network),
    }
