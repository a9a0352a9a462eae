"""What records, tables and documents are made from: is it there, and as it was committed?"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from brainside.base import paths
from brainside.report import readme
from brainside.report.release import versions
from brainside.study.clone import fixed, in_clone
from brainside.study.configs import files_of
from brainside.study.products import notebooks
from brainside.study.study import Study

STAGES = Path("dvc.yaml")
FOLDERS = (*paths.KINDS, "tables", "figures", "gallery")  # of results, with one for each study


def inputs(study: Study) -> Iterator[str]:
    """Committed files of a clone that are missing, and those of its config that were edited."""
    if not in_clone():
        return
    needed = [*fixed([study]), paths.TYPED_NUMBERS, paths.README, readme.PICTURE, STAGES,
              paths.LOCK, *map(Path, notebooks())]  # fmt: skip
    for path in dict.fromkeys(needed):
        if not path.exists():
            yield f"{path}: missing; `git restore {path}` brings it back"
    for path in sorted(edited(paths.CONFIG) & {*needed, *files_of(study.path)}):
        yield f"{path}: is not as it was committed; commit it, or `git restore {path}`"


def edited(folder: Path) -> set[Path]:
    """The files of a folder that git has otherwise; none where there is no git."""
    command = ["git", "status", "--porcelain", "--no-renames", "-z", "--", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return set()
    return {Path(entry[3:]) for entry in done.stdout.decode(errors="replace").split("\0") if entry}


def released(_: Study) -> Iterator[str]:
    """Whether all files that name the version name one; Refused where they do not."""
    if in_clone():
        versions.version()
    yield from ()


def strays(_: Study) -> Iterator[str]:
    """What lies beside the folders of the studies and belongs to no study."""
    generated = Path(paths.GENERATED).parents[1]
    known = {paths.MANIFEST, paths.AUDIT_LOG, paths.BENCHMARKS, paths.CAMPAIGN, paths.MUTANTS,
             readme.PICTURE, *map(Path, notebooks())}  # fmt: skip
    known |= {path.parent for path in known}
    above = [generated, *(paths.RESULTS / kind for kind in FOLDERS)]
    studies = [path.name for path in paths.CONFIG.iterdir() if path.is_dir()]
    known |= {*above, *(folder / study for folder in above for study in studies)}
    results = paths.RESULTS
    for path in sorted([*results.glob("*"), *results.glob("*/*"), *generated.glob("*")]):
        if path not in known and path.name != paths.TIMESTAMP:
            yield f"{path}: nothing makes it; delete it"
