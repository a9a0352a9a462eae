"""The gallery: compressed copies of some checkpoints, which travel with the repository."""

import lzma
from pathlib import Path

from brainside.archive.checkpoints import gallery_copy
from brainside.archive.superseded import remove
from brainside.base.budgets import parse_budget
from brainside.base.errors import Refused
from brainside.base.files import read_whole, write_whole
from brainside.base.paths import GALLERY
from brainside.study.study import Study

LARGEST_GALLERY = 40 << 20  # bytes; it travels with the repository


def gallery(study: Study) -> dict[Path, Path]:
    """The gallery's files (compressed copies) and the checkpoints that they are copies of."""
    wanted = study.config["gallery"]
    budgets = {parse_budget(b, f"{study.path}: gallery") for b in wanted["budgets"]} | {1.0}
    chosen = [s for s in study.sweeps if s.task in wanted["tasks"] and s.seed == wanted["seed"]]
    recorded = [sweep for sweep in chosen if sweep.path.exists()]
    files = [s.checkpoint(b) for s in recorded for b in s.budgets if b in budgets]
    return {gallery_copy(path): path for path in files}


def write_gallery(study: Study) -> int:
    """Bring the gallery up to date and return its bytes.

    Copies whose checkpoints are not at hand are kept, others that the config does not name are
    removed. Raises Refused when neither a checkpoint nor its copy is there, or when it is too big.
    """
    files = gallery(study)
    for copy, path in files.items():
        if not path.exists() and not copy.exists():
            raise Refused(
                f"{path} is missing, and so is its copy: `dvc pull` brings the copy, "
                f"`snakemake --cores 8 {path.parent}` trains the network"
            )
    packed = {
        copy: lzma.compress(read_whole(path)) if path.exists() else read_whole(copy)
        for copy, path in files.items()
    }
    total = sum(map(len, packed.values()))
    if total > LARGEST_GALLERY:
        raise Refused(f"{study.path}: gallery of {total >> 20} MiB; choose fewer cells (40 MiB)")
    for copy, blob in packed.items():
        write_whole(copy, blob)
    remove(path for path in (GALLERY / study.name).rglob("*.xz") if path not in files)
    return total
