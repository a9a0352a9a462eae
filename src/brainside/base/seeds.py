"""Seeds derived by name: one for each use of randomness."""

import hashlib


def derive(seed: int, *parts: str | int) -> int:
    """An independent 63-bit seed for one use (initial weights, the order of epoch 3, …)."""
    digest = hashlib.sha256("/".join(map(str, (seed, *parts))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
