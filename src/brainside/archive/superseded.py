"""Files in results/ that no config names any more."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from brainside.base.paths import KINDS, RESULTS
from brainside.study.codings import codings
from brainside.study.plotdata import plotdata
from brainside.study.study import Study


def superseded(study: Study) -> list[Path]:
    """Files of a study that no sweep or search of its config names, sorted."""
    sweeps, searches = study.everything, study.searches
    named = {file for sweep in sweeps for file in sweep.files}
    named |= {sweep.checkpoint(budget) for sweep in sweeps for budget in sweep.budgets}
    named |= {job.path for job in [*codings(study), *plotdata(study)]}
    named |= {search.path for search in searches} | {job.cost for job in [*sweeps, *searches]}
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
