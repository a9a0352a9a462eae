"""From an address in the report to all that it rests on, in lines of text.

An address is the name of a number (`mnist/mlp1000/magnitude-l2/0.1/test-error`), of a coded file
(`trace_files`), of a claim, or of a figure, or `Table 3` or `Figure 2` of the PDF. What a number
comes from stands beside it in the table `numbers.csv`.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from brainside.audit import listings, provenance, trace_floats
from brainside.audit.trace_files import files
from brainside.audit.trace_numbers import origin
from brainside.base import paths
from brainside.base.budgets import parse_budget, tag
from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.report import number
from brainside.report.reads import TABLES, reads
from brainside.study import claims
from brainside.study.plotdata import plotdata
from brainside.study.products import figure_files
from brainside.study.study import Study

VERDICT = ("verdict", "ours", "low", "high", "n", "detectable", "p", "p_holm", "alone",
           "paper_value", "explanation")  # fmt: skip
VALUE = re.compile(r"(?<![\d.])[+-]?\d+(?:[.,]\d+)*")  # with a comma between thousands
# How `provenance` and `_figure` say whether a file is there that is not committed, and whether
# the manifest has it: a page is made before its records are entered.
AT_HAND = re.compile(
    r": (not at hand|at hand, with (this|ANOTHER) hash|at hand, DAMAGED|at hand)"
    r"(; `dvc pull` brings it)?"
    r"| \((not in|as in|DIFFERS from) results/manifest\.csv\)"
)


def trace(study: Study, address: str) -> list[str] | None:
    """The lines of an address; None if the study has none such."""
    return tracer(study)(address)


def tracer(study: Study) -> Callable[[str], list[str] | None]:
    """The function that gives the lines of any address; numbers and claims are read once."""
    judged, numbers = _claims(study), number.read(number.file(study.name))
    coded = files(study)

    def lines(address: str) -> list[str] | None:
        """The lines of one address; None if the study has no such address."""
        name = address.strip().removeprefix("\\").removeprefix("result{").removesuffix("}")
        for figure in study.config["figures"]:
            if name in _figure_names(study, figure):
                return list(_figure(study, figure))
        if name in judged:
            return list(_claim(study, judged[name]))
        if name in coded:
            text, source = coded[name]
            return [f"{name} = {text}", *origin(study, source)]
        if name not in numbers:
            return _float(study, name)
        line, one = numbers[name]
        if one.origin.kind == "claim" and one.origin.entry in judged:
            return list(_claim(study, judged[one.origin.entry]))
        return [*_definition(study, one, line), *origin(study, one.origin)]

    return lines


def _float(study: Study, address: str) -> list[str] | None:
    """The lines of a table or figure by its number in the PDF, and of the study's figures in it."""
    found = trace_floats.find(study, address)
    if not found:
        return None
    drawn = [line for name in found[1].figures for line in ("", *_figure(study, name))]
    return [*trace_floats.lines(study, *found), *drawn]


def valued(study: Study, value: str) -> list[str]:
    """What has a value that a reader found in the PDF, such as 1.53 or -0.4: `address = text`.

    One without a sign is found with either. What has this value alone comes first.
    """
    wanted = value.strip().replace("\N{MINUS SIGN}", "-").removesuffix("%").strip()
    if not VALUE.fullmatch(wanted):
        return []
    signed = wanted[0] in "+-"
    texts = {name: one.text for name, (_, one) in number.read(number.file(study.name)).items()}
    texts |= {name: error for name, (error, _) in files(study).items()}
    found = []
    for address, text in texts.items():
        values = VALUE.findall(text.replace("$", "").replace("--", " "))
        if wanted in (values if signed else [value.lstrip("+-") for value in values]):
            found.append(f"{address} = {text}")
    return sorted(found, key=lambda line: line.partition(" = ")[2] != wanted)


def anywhere(lines: Iterable[str]) -> list[str]:
    """A trace's lines without what a machine has at hand, so that they are the same on every one.

    Gone are the gallery's copies, which are listed only where they are there, and what is said of
    checkpoints, data and figures and of the manifest; all else that is said of committed files
    stays.
    """
    return [AT_HAND.sub("", line) for line in lines if f" {paths.GALLERY}/" not in line]


def near(study: Study, address: str, count: int = 3) -> list[str]:
    """Addresses like one that does not exist: of what says the same, or the nearest first."""
    numbers, words = number.read(number.file(study.name)), address.strip().lower()
    said = {name: one.text for name, (_, one) in numbers.items()}
    said |= {name: claim["statement"] for name, claim in _claims(study).items()}
    if saying := [name for name, text in said.items() if words in text.lower()]:
        return saying[:count]
    names = [*numbers, *study.config["figures"], *_claims(study)]
    parts = set(re.split("[/ ]", address))
    likely = sorted(names, key=lambda name: -len(parts & set(name.split("/"))))[:300]
    return difflib.get_close_matches(address, likely, count, cutoff=0.3)


def _definition(study: Study, one: number.Number, line: int) -> Iterator[str]:
    """The number with its line, which is the same in the table and in the TeX."""
    tex = paths.filled(paths.GENERATED, study=study.name, name="numbers")
    yield f"{one.address} = {one.text}"
    yield f"  defined     {number.file(study.name)}:{line}"
    yield f"  in TeX      {tex}:{line}"
    yield f"  make it     brainside numbers {study.path}"


def _figure_names(study: Study, figure: str) -> set[str]:
    """What a figure is called: its name, and the names and paths of its files."""
    files = figure_files(study, figure)
    return {figure, *(Path(file).name for file in files), *files}


def _figure(study: Study, name: str) -> Iterator[str]:
    entry = study.config["figures"][name]
    yield f"figure {name}: {entry['caption']}"
    for file in figure_files(study, name):
        state = "at hand" if Path(file).exists() else "not at hand; `dvc pull` brings it"
        yield f"  file        {file}: {state}"
    yield f"  drawn by    src/brainside/report/figures/{entry['draw']}.py"
    yield f"  config      {provenance.config_line(study.path, name, 'figures')}"
    yield from _sources(study, name)
    yield f"  make it     brainside tabulate {study.path} && brainside figure {study.path} {name}"
    tasks = entry.get("tasks", study.config["tasks"])
    methods = [*entry.get("methods", study.config["methods"]), "reference"]
    if "codings" in reads(entry["draw"]):
        yield from listings.coded(study, tasks, methods)
    yield from listings.drawn(study, plotdata(study, name))
    yield from ["", *listings.records(study, tasks, methods)]
    yield from ["", *(line for task in tasks for line in provenance.data(study, task))]


def _sources(study: Study, name: str) -> Iterator[str]:
    """The tables that a figure's module reads."""
    for source in reads(study.config["figures"][name]["draw"]):
        if source in TABLES:
            yield f"  from        {paths.filled(paths.TABLE, study=study.name, table=source)}"
        if source == "published":
            yield f"  from        {paths.PUBLISHED}"


def _claims(study: Study) -> dict[str, claims.Claim]:
    """The claims that the study judges, by their names."""
    return {claim["id"]: claim for claim in claims.read(study)}


def _claim(study: Study, claim: claims.Claim) -> Iterator[str]:
    path = paths.filled(paths.TABLE, study=study.name, table="claims")
    line, row = provenance.row_of(path, id=claim["id"]) or (f"{path}: no such row", {})
    yield f"claim {claim['id']} ({claim['paper']})"
    yield f"  says        {claim['statement']}"
    yield f"  config      {claims.line(study, claim['id'])}"
    yield f"  from        {line}"
    for name in VERDICT:
        if row.get(name):
            yield f"    {name:<12}{row[name]}"
    yield f"  make it     brainside claims {study.path}"
    for check in claim["checks"]:
        yield from ["", *_check(study, check)]


def _check(study: Study, check: dict[str, Any]) -> Iterator[str]:
    """A check's function with its arguments, and the records that it reads."""
    given = ", ".join(f"{name}: {value}" for name, value in check.items() if name != "check")
    yield f"check {check['check']} ({_file_of(check['check'])}): {given}"
    tasks, methods = check["tasks"], claims.methods_of(check)
    yield from listings.records(study, tasks, methods)
    if "codecs" in check:
        yield from listings.coded(study, tasks, methods)
    if check["check"] == "labels_per_edge":
        labels = (job for job in plotdata(study) if job.kind == "labels")
        named = [job for job in labels if job.task in tasks and job.method in methods]
        yield from listings.drawn(study, named)
    budgets = [parse_budget(budget, paths.CLAIMS) for budget in check["budgets"]]
    yield (
        f"  rows of budget {', '.join(map(tag, budgets))}; "
        "`brainside trace TASK/METHOD/BUDGET/test-error` walks on"
    )


@lru_cache
def _file_of(check: str) -> str:
    """The file that has a check's function, as text: nothing heavy is imported for it."""
    for path in sorted((PACKAGE / "analysis").glob("*checks.py")):
        if f"\ndef {check}(" in path.read_text(encoding="utf-8"):
            return f"src/brainside/analysis/{path.name}"
    raise Refused(f"no check is called {check!r}")
