"""Which networks of a study are coded, and how: jobs from the config, one file each.

Nothing here imports torch: the workflow expands its paths from this module at every start.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

from brainside.base import keys, paths
from brainside.base.budgets import tag
from brainside.base.errors import Refused
from brainside.coding.settings import Nnr, Setting, expanded
from brainside.study.configs import Place
from brainside.study.job import OfSweep
from brainside.study.reported import parsed
from brainside.study.schema import Budget, SmallestFile
from brainside.study.study import Study
from brainside.study.sweeps import Sweep
from brainside.study.versions import CODING, version_of

NNCODEC = find_spec("nncodec") is not None


@dataclass(frozen=True)
class Coding(OfSweep):
    """The codecs with which checkpoints of one sweep are coded.

    `codecs` are (name, fields as the config has them). Those of NNCodec make a job of their own,
    which runs only where the package is installed.
    """

    sweep: Sweep
    budgets: tuple[float, ...]
    codecs: tuple[tuple[str, dict[str, Any]], ...]
    nnr: bool

    @cached_property
    def spec(self) -> list[Any]:
        """The sweep, the budgets, the codecs, and their version."""
        return [self.sweep.key, self.budgets, self.codecs, version_of(CODING)]

    @cached_property
    def key(self) -> str:
        """Content key of the spec."""
        return keys.key(self.spec)

    @cached_property
    def path(self) -> Path:
        """The file: one row per checkpoint, codec and setting."""
        return paths.filled(
            paths.CODING, self.sweep.root, study=self.study, task=self.task, method=self.method,
            seed=self.sweep.seed, key=self.key,
        )  # fmt: skip

    @property
    def done(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def inputs(self) -> dict[str, Path]:
        """Data, record and checkpoints."""
        data = self.sweep.inputs()["data"]
        record, mistakes, _ = self.sweep.files
        weights = self.sweep.checkpoints
        return {"data": data, "record": record, "mistakes": mistakes, "weights": weights}

    def under(self, root: Path) -> "Coding":
        """The same coding with its file, and those that it reads, in another folder."""
        return replace(self, sweep=self.sweep.under(root))

    @property
    def possible(self) -> bool:
        """Whether what it needs is installed."""
        return NNCODEC or not self.nnr

    def settings(self) -> Iterator[tuple[str, str, Setting | Nnr]]:
        """Codec, text of the setting, and the setting, in the order of the config."""
        for name, entry in self.codecs:
            for text, setting in expanded(name, entry):
                yield name, text, setting


def codings(study: Study) -> list[Coding]:
    """The jobs of a study's `codings`; Refused where names or fields do not fit."""
    section = study.config.get("codings")
    if not section:
        return []
    for name, entry in section["codecs"].items():
        _check(name, entry, Place(study.path, ("codings", "codecs", name)))
    compared = {name for pair in section.get("compared", []) for name in pair}
    if unknown := sorted(compared - set(section["codecs"])):
        place = Place(study.path, ("codings", "compared"))
        raise Refused(f"{place}: unknown codec {unknown[0]!r}")
    for name, asked in section.get("smallest", {}).items():
        _check_names(study, asked, Place(study.path, ("codings", "smallest", name)))
    groups = [list(_group(study, number)) for number in range(len(section["networks"]))]
    _check_once(study, groups)
    return [job for group in groups for job in group]


def _check_once(study: Study, groups: Iterable[Iterable[Coding]]) -> None:
    """Refused where a network is coded by one codec in two entries: tables would have it twice."""
    seen: set[tuple[Path, float, str]] = set()
    coded = ((n, job, b, codec) for n, group in enumerate(groups) for job in group
             for b in job.budgets for codec, _ in job.codecs)  # fmt: skip
    for number, job, budget, codec in coded:
        if (job.sweep.path, budget, codec) in seen:
            place = Place(study.path, ("codings", "networks", number))
            what = f"{job.method} on {job.task}, seed {job.sweep.seed}, at {tag(budget)}"
            raise Refused(f"{place}: {what}, is coded by {codec} twice; take it out of one entry")
        seen.add((job.sweep.path, budget, codec))


def _check(codec: str, entry: Mapping[str, Any], place: Place) -> None:
    """Refused where a codec has fields that are unknown or do not fit."""
    try:
        list(expanded(codec, entry))
    except Refused as refusal:
        raise Refused(f"{place}: {refusal}") from None


def _check_names(study: Study, entry: SmallestFile, place: Place) -> None:
    """Refused where an entry of `smallest` names a task or a method that is unknown."""
    if unknown := sorted(set(entry["tasks"]) - study.config["tasks"].keys()):
        raise Refused(f"{place}: unknown task {unknown[0]!r}")
    if unknown := sorted(set(entry.get("without", [])) - study.config["methods"].keys()):
        raise Refused(f"{place}: unknown method {unknown[0]!r}")


def _group(study: Study, number: int) -> Iterator[Coding]:
    """The jobs of one entry of `networks`, those of NNCodec after the others of each sweep."""
    section = study.config["codings"]
    group, place = section["networks"][number], Place(study.path, ("codings", "networks", number))
    names = group.get("codecs", list(section["codecs"]))
    if unknown := [name for name in names if name not in section["codecs"]]:
        raise Refused(f"{place}: unknown codec {unknown[0]!r}")
    entries = [(name, section["codecs"][name]) for name in names]
    for task, method, seed in product(group["tasks"], group["methods"], group["seeds"]):
        budgets = _budgets(study, (task, method, seed), group["budgets"], place)
        sweep = study.find(task, method, seed, budgets)
        for nnr in (False, True):
            chosen = tuple((n, e) for n, e in entries if (e.get("kind") == "nnr") == nnr)
            if chosen:
                yield Coding(sweep, budgets, chosen, nnr)


def _budgets(
    study: Study, coordinates: tuple[str, str, int], budgets: Iterable[Budget], place: Place
) -> tuple[float, ...]:
    if coordinates[1] == "reference":
        return (1.0,)
    asked = parsed(budgets, place)
    sweep = study.find(*coordinates, asked)
    if missing := [budget for budget in asked if budget not in sweep.budgets]:
        raise Refused(f"{place}: {sweep.method} on {sweep.task} has no budget {missing[0]:g}")
    return tuple(asked)


def existing(study: Study) -> list[Coding]:
    """The codings of a study that are there."""
    return [job for job in codings(study) if job.path.exists()]
