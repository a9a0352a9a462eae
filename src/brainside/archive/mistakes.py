"""Which test images a record's networks got wrong: a file of bits beside it, a line per budget."""

import base64
from functools import lru_cache
from pathlib import Path

import numpy as np

from brainside.base.errors import Refused
from brainside.base.files import State, state

COLUMN = "test_mistakes"  # of a row that is still to be written
REMEDY = "`git restore results` brings an archived one back, deleting it makes the sweep run again"
KEPT = 1 << 14  # files of mistakes in memory: an audit asks for each of them seven times


def path_of(record: Path) -> Path:
    """The file beside a record with one line per budget: the budget, and its test mistakes."""
    return record.with_suffix(".mistakes")


def pack(mistakes: np.ndarray) -> str:
    """Booleans (N,) as text: N, a colon, and their bits in base64."""
    return f"{len(mistakes)}:{base64.b64encode(np.packbits(mistakes).tobytes()).decode()}"


def read(record: Path) -> dict[float, np.ndarray]:
    """By budget, which test images the network got wrong, boolean (N,).

    Raises Refused when the file is missing or damaged.
    """
    path = path_of(record)
    try:
        packed = _packed(path, state(path))
        return {
            budget: np.unpackbits(bits, count=count).view(bool)
            for budget, (count, bits) in packed.items()
        }
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: unreadable ({error}); {REMEDY}") from None


@lru_cache(maxsize=KEPT)
def _packed(path: Path, _: State | None) -> dict[float, tuple[int, np.ndarray]]:
    """By budget, the number of images, and a bit for each: an eighth of what they are unpacked."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    packed = {float(budget): _bits(mistakes) for budget, mistakes in lines}
    if len(packed) < len(lines):
        raise ValueError("a budget appears twice")
    return packed


def _bits(packed: str) -> tuple[int, np.ndarray]:
    """The number of images and the bits of a packed text; ValueError where it is none."""
    count, bits = packed.split(":")
    raw = np.frombuffer(base64.b64decode(bits, validate=True), np.uint8)
    if not 0 < int(count) <= 8 * len(raw) < int(count) + 8:
        raise ValueError(f"{len(raw)} bytes for {count} images")
    return int(count), raw
