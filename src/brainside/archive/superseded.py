"""Files in results/ that no config names any more."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from brainside.archive.manifest import named_files
from brainside.base.paths import KINDS, RESULTS
from brainside.study.study import Study


def superseded(study: Study) -> list[Path]:
    """Files of a study that no job of its config names, sorted."""
    named = set(named_files(study))
    for sweep in study.everything:
        named |= {sweep.cost, *(sweep.checkpoint(budget) for budget in sweep.budgets)}
    named |= {search.cost for search in study.searches}
    folders = [RESULTS / kind / study.name for kind in KINDS]
    present = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    # Snakemake marks the folders it made.
    ours = {path for path in present if path.name != ".snakemake_timestamp"}
    return sorted(ours - named)


def remove(paths: Iterable[Path]) -> None:
    """Delete files, and the folders that become empty."""
    for path in paths:
        path.unlink()
        for folder in path.parents:
            left = {inside.name for inside in folder.iterdir()}
            if folder == RESULTS or left - {".snakemake_timestamp"}:
                break
            shutil.rmtree(folder)
