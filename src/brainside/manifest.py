"""The committed hashes of the archive, and where the gallery's copies are. No torch in here."""

import csv
from pathlib import Path

from brainside.sweep import RESULTS

MANIFEST = RESULTS / "manifest.csv"
GALLERY = RESULTS / "gallery"


def read_manifest() -> dict[str, str]:
    """Path to SHA-256 of the committed files; empty when there is no manifest yet."""
    if not MANIFEST.exists():
        return {}
    rows = csv.DictReader(MANIFEST.read_text().splitlines())
    return {row["path"]: row["sha256"] for row in rows}


def gallery_copy(checkpoint: Path) -> Path:
    """Where the gallery's copy of a checkpoint is."""
    inside = checkpoint.relative_to(RESULTS / "checkpoints")
    return GALLERY / inside.with_name(inside.name + ".xz")
