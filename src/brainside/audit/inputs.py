"""What records, tables and documents are made from: is it there, and as it was committed?"""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from brainside.audit.told import told
from brainside.base import paths
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.files import restore
from brainside.report import readme
from brainside.report.release import versions
from brainside.study.clone import fixed, in_clone, texts
from brainside.study.configs import STUDY, files_of
from brainside.study.products import notebooks
from brainside.study.study import Study

STAGES = Path("dvc.yaml")
FOLDERS = (*paths.KINDS, "tables", "figures", "gallery")  # of results, with one for each study
# What nothing else of the archive is compared with, so that git alone knows how it was.
WATCHED = frozenset(map(Path, (
    ".dvc/config", ".dvc/.gitignore", ".dvc/plots/error_by_budget.json", ".dvcignore", ".gitignore",
    ".gitattributes", ".zenodo.json", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE",
    "config/README.md", "dvc.yaml", "mkdocs.yml",
)))  # fmt: skip
OF_DVC = {"bundle", "cache", "config", "config.local", "plots", "tmp", ".gitignore"}


def inputs(study: Study) -> Iterator[str]:
    """Committed files of a clone that are missing, and those that git has otherwise."""
    if not in_clone():
        return
    needed = [*fixed([study]), paths.TYPED_NUMBERS, paths.README, readme.PICTURE, STAGES,
              paths.LOCK, *map(Path, notebooks())]  # fmt: skip
    for path in dict.fromkeys(needed):
        if not path.exists():
            yield f"{path}: missing; {restore(path)}"
    of_config = {path for path in needed if paths.CONFIG in path.parents} | {*files_of(study.path)}
    for path in sorted(edited([paths.CONFIG, paths.SCHEMAS, *WATCHED])):
        watched = path in of_config | WATCHED or paths.SCHEMAS in path.parents
        if watched and (path not in needed or path.exists()):
            yield f"{path}: is not as it was committed; commit it, or `git restore {path}`"


def edited(files: Iterable[Path]) -> set[Path]:
    """Those of some files and folders that git has otherwise; none where there is no repository.

    Raises Refused where git fails. Variables such as GIT_DIR do not send it to another repository,
    and it reads one that somebody else owns, too.
    """
    if not Path(".git").exists():
        return set()
    command = ["git", "-c", "safe.directory=*", "status", "--porcelain", "--no-renames", "-z"]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [*command, "--", *map(str, files)], capture_output=True, check=True, env=environment
        )
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error).encode()
        said = " ".join(reason.decode(errors="replace").split())
        raise Refused(f".git: git does not tell which files were edited ({said})") from None
    return {Path(entry[3:]) for entry in done.stdout.decode(errors="replace").split("\0") if entry}


def released(_: Study) -> Iterator[str]:
    """The files that name another version than the package."""
    for path in versions.FILES if in_clone() else ():
        yield from told(versions.differing(path))


def strays(_: Study) -> Iterator[str]:
    """What lies beside the files and folders of the studies and belongs to no study."""
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
    bundled = paths.REMOTE.parents[2]
    for path in sorted([*bundled.glob("*"), *paths.SITE.parent.glob("*")]):
        if path != paths.SITE and not (path.parent == bundled and path.name in OF_DVC):
            yield f"{path}: nothing makes it; delete it"


def documents(_: Study) -> Iterator[str]:
    """Texts of documents that no study of the workflow has as its report, or takes in."""
    if in_clone():
        folders = map(Path, read_valid(paths.WORKFLOW, "workflow")["studies"])
        reports = [read_valid(folder / STUDY, "study")["report"] for folder in folders]
        known = {path for report in reports for path in texts(report)}
        for path in sorted([*paths.SECTIONS.parent.glob("*.tex"), *paths.SECTIONS.glob("*.tex")]):
            if path not in known:
                yield f"{path}: no document takes it in; delete it"
