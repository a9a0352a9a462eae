"""Checkpoint files at hand, in results/checkpoints or in the gallery."""

import lzma
from pathlib import Path

from brainside.base.errors import Refused
from brainside.base.files import read_whole


def unpack(path: Path) -> bytes:
    """The checkpoint's bytes, of a checkpoint file or of a gallery's copy; Refused when damaged."""
    blob = read_whole(path)
    if path.suffix != ".xz":
        return blob
    try:
        return lzma.decompress(blob)
    except lzma.LZMAError as error:
        raise Refused(f"{path}: damaged ({error}); `dvc checkout --force` restores it") from None
