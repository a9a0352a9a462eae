"""Which networks of a study are coded, and how: jobs from the config, one file each.

Nothing here imports torch: the workflow expands its paths from this module at every start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from brainside import keys
from brainside.coding.settings import Nnr, Setting, expanded
from brainside.errors import Refused
from brainside.expansion import parse_budget
from brainside.study import Study
from brainside.sweep import RESULTS, Sweep

NNCODEC = find_spec("nncodec") is not None


@dataclass(frozen=True)
class Coding:
    """The codecs with which checkpoints of one sweep are coded.

    `codecs` are (name, fields as the config has them). Those of NNCodec make a job of their own,
    which runs only where the package is installed.
    """

    sweep: Sweep
    budgets: tuple[float, ...]
    codecs: tuple[tuple[str, dict[str, Any]], ...]
    nnr: bool

    @cached_property
    def key(self) -> str:
        """Content key: the sweep, the budgets, the codecs, and their version."""
        version = keys.module_version("coding")
        return keys.key([self.sweep.key, self.budgets, self.codecs, version])

    @property
    def path(self) -> Path:
        """The file: a row a checkpoint, codec and setting."""
        sweep = self.sweep
        name = f"seed={sweep.seed}.{self.key}.csv"
        return RESULTS / "codings" / sweep.study / sweep.task / sweep.method / name

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
    where = f"{study.path}: codings"
    for name, entry in section["codecs"].items():
        list(expanded(name, entry))
    compared = {name for pair in section.get("compared", []) for name in pair}
    if unknown := sorted(compared - set(section["codecs"])):
        raise Refused(f"{where}: compared names the unknown codec {unknown[0]!r}")
    found = [job for group in section["networks"] for job in _group(study, section, group, where)]
    paths = [job.path for job in found]
    if len(set(paths)) < len(paths):
        raise Refused(f"{where}: two entries of `networks` code the same in the same way; keep one")
    return found


def _group(study: Study, section: dict, group: dict, where: str) -> Iterator[Coding]:
    names = group.get("codecs", list(section["codecs"]))
    if unknown := [name for name in names if name not in section["codecs"]]:
        raise Refused(f"{where}: networks name the unknown codec {unknown[0]!r}")
    entries = [(name, section["codecs"][name]) for name in names]
    for task in group["tasks"]:
        for method in group["methods"]:
            for seed in group["seeds"]:
                sweep = study.find(task, method, seed)
                budgets = _budgets(sweep, group, where)
                for nnr in (False, True):
                    chosen = tuple((n, e) for n, e in entries if (e.get("kind") == "nnr") == nnr)
                    if chosen:
                        yield Coding(sweep, budgets, chosen, nnr)


def _budgets(sweep: Sweep, group: dict, where: str) -> tuple[float, ...]:
    if sweep.method == "reference":
        return (1.0,)
    asked = [parse_budget(budget, where) for budget in group["budgets"]]
    if absent := [budget for budget in asked if budget not in sweep.budgets]:
        raise Refused(f"{where}: {sweep.method} on {sweep.task} has no budget {absent[0]:g}")
    return tuple(sorted(asked, reverse=True))
