"""YAML files of the config that nothing reads: they would be believed to be in force."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from brainside.base import paths
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.study.configs import STUDY, files_of
from brainside.study.study import Study

ENDINGS = (".yaml", ".yml")
TOP = {paths.WORKFLOW, paths.DATASETS, paths.PUBLISHED, paths.FORMER_VERDICTS}
OF_A_STUDY = "study.yaml, tasks.yaml, methods/<file>.yaml and experiments/<name>.yaml"


def check(studies: Iterable[Study]) -> None:
    """Refuse a YAML file of these studies, among the claims or beside them, that nothing reads.

    Folders of other studies are left to those who load them.
    """
    for study in studies:
        if strays := [p for p in _files(study.path) if p not in files_of(study.path)]:
            raise Refused(f"{strays[0]}: nothing reads it; a study has {OF_A_STUDY}")
    heads = sorted(paths.CONFIG.glob(f"*/{STUDY}"))
    named = {name for head in heads for name in read_valid(head, "study").get("claims", [])}
    folders = {head.parent for head in heads}
    for path in _files(paths.CONFIG):
        if path.parent == paths.CLAIMS and path.suffix == ENDINGS[0]:
            if path.stem not in named:
                raise Refused(f"{path}: no study.yaml names it among its claims; do, or remove it")
        elif path not in TOP and folders.isdisjoint(path.parents):
            raise Refused(f"{path}: nothing reads it; config/README.md says what is where")


def _files(folder: Path) -> Iterator[Path]:
    """The YAML files in a folder and below it, sorted, but for hidden ones as editors make."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in ENDINGS and not hidden:
            yield path
