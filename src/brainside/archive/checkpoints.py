"""The one way to open a checkpoint: the file itself or the gallery's copy, held against its record.

Imports neither PyTorch nor pandas, so that `brainside trace` answers at once; what the bytes decode
to is the business of `representations.checkpoint`.
"""

import hashlib
import lzma
from pathlib import Path

from brainside.base.errors import Refused
from brainside.base.files import read_whole
from brainside.base.paths import CHECKPOINTS, GALLERY
from brainside.study.sweeps import Sweep

INTACT, ALTERED, DAMAGED = "intact", "altered", "damaged"
CHECKOUT = "`dvc checkout --force` brings it back"


def gallery_copy(checkpoint: Path) -> Path:
    """Where the gallery's copy of a checkpoint is."""
    inside = checkpoint.relative_to(CHECKPOINTS)
    return GALLERY / inside.with_name(inside.name + ".xz")


def copies_at_hand(sweep: Sweep, budget: float) -> list[Path]:
    """The files that hold the checkpoint of a budget: its own first, then the gallery's copy."""
    checkpoint = sweep.checkpoint(budget)
    copy = sweep.root / gallery_copy(checkpoint.relative_to(sweep.root))
    return [path for path in (checkpoint, copy) if path.exists()]


def unpacked(path: Path) -> bytes:
    """The checkpoint's bytes, of a checkpoint file or of a gallery's copy; Refused when damaged."""
    if path.suffix != ".xz":
        return read_whole(path)
    try:
        return lzma.decompress(read_whole(path, CHECKOUT))
    except lzma.LZMAError as error:
        raise Refused(f"{path}: damaged ({error}); {CHECKOUT}") from None


def state_of(path: Path, digest: str) -> str:
    """Whether a file holds the checkpoint with a SHA-256: INTACT, ALTERED, or DAMAGED."""
    try:
        blob = unpacked(path)
    except Refused:
        return DAMAGED
    return INTACT if hashlib.sha256(blob).hexdigest() == digest else ALTERED


def intact_bytes(sweep: Sweep, budget: float, digest: str) -> bytes | None:
    """The bytes of the first copy with the record's SHA-256; None where there is no such copy."""
    for path in copies_at_hand(sweep, budget):
        if state_of(path, digest) == INTACT:
            return unpacked(path)
    return None


def checked_bytes(sweep: Sweep, budget: float, digest: str) -> bytes:
    """The bytes of the first intact copy; Refused, with what to do about it, where there is none.

    That is where no copy is at hand, and where those at hand do not have the record's SHA-256.
    """
    blob = intact_bytes(sweep, budget, digest)
    if blob is not None:
        return blob
    path, copies = sweep.checkpoint(budget), copies_at_hand(sweep, budget)
    if not copies:
        raise Refused(
            f"{path} is missing, and so is its copy: `dvc pull` brings the gallery's copies, "
            f"`snakemake --cores 8 {path.parent}` trains the network again"
        )
    raise Refused(
        f"{copies[0]}: not the checkpoint of {sweep.path}; delete it and run "
        f"`snakemake --cores 8 {path.parent}`"
    )
