"""Every number of the report, made from the tables and never typed, and the files that need them.

TeX reads one with \\result{task/method/budget/measure}; an unknown name is a LaTeX error.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from brainside.analysis.evidence import Evidence
from brainside.analysis.published import read_published
from brainside.analysis.readings import Tables, read
from brainside.archive.specs import machine_of
from brainside.base import paths
from brainside.report import number
from brainside.report.number import Number, Origin
from brainside.report.tex import cells, changes, claims, codings, protocol, published, searches
from brainside.report.tex.latex import MADE, count, escaped, plain
from brainside.study.study import Study

STUDY = Origin("study")
READS = ("summary", "comparisons", "plotdata")


def of_study(study: Study, tables: Tables) -> Iterator[Number]:
    """The numbers of the study as a whole, of its config, its cells and its searches."""
    yield from _totals(study, tables)
    yield from _config(study)
    yield from searches.settings(study)
    yield from cells.numbers(tables)
    known, evidence = read_published(study.name), Evidence(study)
    for name, entry in known["layers"].items():
        yield from published.layer_numbers(name, entry, tables.plotdata)
    for name, entry in known["errors"].items():
        yield from published.order_numbers(name, entry, evidence)


def _totals(study: Study, tables: Tables) -> Iterator[Number]:
    records = len(study.recorded())
    yield Number("study/sweeps", count(len(study.sweeps)), STUDY)
    yield Number("study/records", count(records), STUDY)
    yield Number("study/missing", count(len(study.sweeps) - records), STUDY)
    yield Number("study/diverged", count(tables.summary["diverged"].sum()), STUDY)
    yield Number("study/cells", count(len(tables.summary)), STUDY)
    yield Number("study/processors", escaped(_processors(study)), STUDY)


def _processors(study: Study) -> str:
    """How many records each kind of processor made."""
    kinds = Counter(machine_of(sweep) for sweep in study.recorded())
    return ", ".join(f"{count(made)} by {kind}" for kind, made in kinds.most_common()) or "none"


def _config(study: Study) -> Iterator[Number]:
    for name, task in study.config["tasks"].items():
        for setting, text in _task(task):
            yield Number(f"{name}/{setting}", text, Origin("task", task=name))
    plan = study.config["tuning"]
    parts = {"trials": plan["trials"], "seed": plan["seed"], "epochs-factor": plan["epochs_factor"]}
    for part, value in parts.items():
        yield Number(f"tuning/{part}", plain(value), STUDY)
    for name, method in study.config["methods"].items():
        for setting, text in _method(method):
            yield Number(f"{name}/{setting}", text, Origin("method", method=name))
    for name, figure in study.config["figures"].items():
        origin = Origin("figure", entry=name)
        yield Number(f"figures/{name}/caption", escaped(figure["caption"]), origin)


def _task(task: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "margin", f"{100 * task['margin']:.1f}"
    yield "epochs", str(task["recipe"]["epochs"])
    yield "batch", str(task["recipe"]["batch"])
    yield "momentum", plain(task["recipe"]["momentum"])


def _method(method: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "schedule" in method:
        yield "points", str(len(method["schedule"]))
    if "epochs" in method.get("recipe", {}):
        yield "retraining-epochs", str(method["recipe"]["epochs"])
    for setting, space in method.get("search", {}).items():
        if "log_uniform" in space:
            ends = "--".join(map(plain, space["log_uniform"]))
            yield f"search/{setting.replace('_', '-')}", ends


def ordered(numbers: Iterable[Number]) -> list[Number]:
    """Numbers by address; ValueError if two have the same."""
    by_address: dict[str, Number] = {}
    for one in numbers:
        if one.address in by_address:
            raise ValueError(f"two numbers have the address {one.address}")
        by_address[one.address] = one
    return [by_address[address] for address in sorted(by_address)]


def tex(numbers: Iterable[Number]) -> str:
    """The numbers as a TeX file, line by line those of the table `numbers.csv`."""
    return "\n".join([MADE, *(rf"\defresult{{{n.address}}}{{{n.text}}}" for n in numbers), ""])


def files(study: Study, made: Mapping[Path, str] = {}) -> dict[Path, str]:
    """The table of numbers and every TeX file made with them, by path, from the tables at hand.

    Tables that are among `made`, as texts by path, are not read from their files.
    """
    tables, judged = read(study, READS, made), claims.rows_of(study, made)
    numbers, texts = [*of_study(study, tables)], published.files(study)
    if judged:  # the study of the report
        numbers += [*protocol.numbers(study), *claims.numbers(judged, study.titles)]
        texts |= claims.files(study, judged) | protocol.files(study)
        texts |= changes.files(study.name, judged)
    if "codings" in study.config:
        coded = codings.read(study, tables, made)
        numbers += codings.numbers(coded)
        texts |= codings.files(coded)
    for task in tables.titles:
        name = task.replace("/", "_")
        texts[f"table_{name}"] = cells.table(study, tables, task)
        for grid, text in cells.grids(study, tables, task):
            texts["_".join(filter(None, ["grid", name, grid]))] = text
    numbers = ordered(numbers)
    texts["numbers"] = tex(numbers)
    generated = {
        paths.filled(paths.GENERATED, study=study.name, name=name): text
        for name, text in texts.items()
    }
    return {number.file(study.name): number.table(numbers), **generated}
