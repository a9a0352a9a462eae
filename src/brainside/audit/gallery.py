"""The gallery at hand against the config: copies that are missing, and files beside them."""

from collections.abc import Iterator

from brainside.archive import gallery as archive
from brainside.base.paths import GALLERY, TIMESTAMP
from brainside.study.study import Study


def gallery(study: Study) -> Iterator[str]:
    """Files that the gallery should have, and files that it should not; nothing before it is there.

    What the copies hold is held against the records with the other checkpoints.
    """
    folder = GALLERY / study.name
    if not folder.exists():
        return
    wanted = archive.gallery(study).keys()
    present = {path for path in folder.rglob("*") if path.is_file()}
    for path in sorted(wanted - present):
        yield f"{path}: missing; `dvc checkout --force` or `brainside gallery` brings it"
    for path in sorted(present - wanted):
        if path.name != TIMESTAMP:
            yield f"{path}: the config names no such copy; delete it"
