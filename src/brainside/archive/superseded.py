"""Files in results/ that no config names any more."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from brainside.archive.manifest import named_files
from brainside.base.paths import KINDS, RESULTS, TIMESTAMP
from brainside.study.study import Study


def superseded(study: Study) -> list[Path]:
    """Files of a study that no job of its config names, sorted."""
    named = set(named_files(study))
    for sweep in study.everything:
        named |= {sweep.cost, *(sweep.checkpoint(budget) for budget in sweep.budgets)}
    named |= {search.cost for search in study.searches}
    folders = [RESULTS / kind / study.name for kind in KINDS]
    present = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted({path for path in present if path.name != TIMESTAMP} - named)


def remove(paths: Iterable[Path]) -> None:
    """Delete files, and the folders that become empty."""
    for path in paths:
        path.unlink()
        for folder in path.parents:
            left = {inside.name for inside in folder.iterdir()}
            if folder == RESULTS or left - {TIMESTAMP}:
                break
            shutil.rmtree(folder)
