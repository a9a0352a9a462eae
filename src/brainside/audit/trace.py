"""From an address in the report to all that it rests on, in lines of text.

An address is the name of a macro (`mnist/mlp1000/magnitude-l2/0.1/test-error`), of a claim, or of
a figure.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean

from brainside.audit import provenance
from brainside.base import paths
from brainside.base.budgets import parse_budget
from brainside.base.configs import read_valid
from brainside.study import claims
from brainside.study.codings import codings
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

MACRO = re.compile(r"\\defresult\{(.*?)\}\{(.*)\}$")
FIGURE = re.compile(r"(?:results/figures/[a-z]+/)?([a-z0-9_]+)(?:\.pdf|\.png)?$")
# What a measure's macro says, in the words of the tables' columns.
MEASURES = {
    "test-error": "mean over the seeds, per cent",
    "valid-error": "mean over the seeds, per cent",
    "train-error": "mean over the seeds, per cent",
    "weights": "mean over the seeds of the stored free weights",
    "multiply-adds": "mean over the seeds, of one image",
    "checkpoint-bytes": "mean over the seeds, bytes of the file that was evaluated",
    "epochs-total": "mean over the seeds, along the trajectory",
    "dead-units": "mean over the seeds of the hidden units without an input or an output",
    "connected-inputs": "mean over the seeds of the input pixels or channels that are read",
    "versus-reference": "difference of test error, points, paired by seed, 95 % interval",
    "n": "seeds with a record",
}


def trace(study: Study, address: str) -> list[str] | None:
    """The lines of an address; None where the study has none such."""
    name = re.sub(r"^\\?result\{(.*)\}$", r"\1", address.strip())
    figure = FIGURE.match(name)
    if figure and figure[1] in study.config["figures"]:
        return list(_figure(study, figure[1]))
    judged, macros = _claims(study), _macros(study)
    parts = name.split("/")
    claim = parts[1] if parts[0] == "claims" and len(parts) > 1 else name
    if claim in judged:
        return list(_claim(study, judged[claim]))
    if name not in macros:
        return None
    place, value = macros[name]
    head = [f"{name} = {value}", f"  defined     {place}",
            f"  make it     brainside numbers {study.path}"]  # fmt: skip
    return [*head, *_origin(study, parts)]


def near(study: Study, address: str, count: int = 3) -> list[str]:
    """Addresses like one that there is not, the nearest first."""
    names = [*_macros(study), *study.config["figures"], *_claims(study)]
    parts = set(re.split("[/ ]", address))
    likely = sorted(names, key=lambda name: -len(parts & set(name.split("/"))))[:300]
    return difflib.get_close_matches(address, likely, count, cutoff=0.3)


def _numbers(study: Study) -> Path:
    return paths.filled(paths.GENERATED, study=study.name, name="numbers")


def _macros(study: Study) -> dict[str, tuple[str, str]]:
    """Place and value of every macro by its name."""
    path = _numbers(study)
    lines = path.read_text().splitlines() if path.exists() else []
    found = ((number, MACRO.match(line)) for number, line in enumerate(lines, 1))
    return {match[1]: (f"{path}:{number}", match[2]) for number, match in found if match}


def _claims(study: Study) -> dict[str, claims.Claim]:
    return {claim["id"]: claim for claim in claims.read(study)}


def _origin(study: Study, parts: list[str]) -> Iterator[str]:
    """What a macro that is neither claim nor figure comes from."""
    task, method = "/".join(parts[:2]), parts[2] if len(parts) > 2 else ""
    sweeps = [s for s in study.sweeps if (s.task, s.method) == (task, method)]
    if len(parts) > 4 and parts[3] == "tuned":
        named = {method, *parts[6:]}  # of pairs of trials a second method, too
        for search in (t for t in study.searches if t.task == task and t.method in named):
            yield from ["", *provenance.search(study, search)]
        yield from ["", *provenance.data(study, task)] if sweeps else []
    elif len(parts) > 4 and sweeps:
        yield from _cell(study, sweeps, parts[3], "/".join(parts[4:]))
    elif parts[1:2] == ["orders"]:
        entry = read_valid(paths.PUBLISHED, "published")["errors"][parts[0]]
        yield from [
            f"  paper       {entry['paper']}",
            *_rows_of(study, entry["rows"], entry["methods"]),
        ]
    elif task in study.config["tasks"]:
        yield f"  config      {provenance.config_line(study.path, task, 'tasks')}"
    elif parts[0] in study.config["methods"]:
        yield f"  config      {provenance.config_line(study.path, parts[0], 'methods')}"
    else:
        yield f"  of          the whole study, {study.path}, and the tables of its records"
        yield f"  see         brainside plan {study.path}"


def _cell(study: Study, sweeps: list[Sweep], budget: str, measure: str) -> Iterator[str]:
    """A number of one task, method and budget."""
    at = next((b for sweep in sweeps for b in sweep.budgets if f"{b:.4g}" == budget), None)
    if at is None:
        yield from provenance.config(study, sweeps[0].task, sweeps[0].method)
        return
    sweeps = [sweep for sweep in sweeps if at in sweep.budgets]
    name = measure.split("/")[0]
    compared = name == "versus-reference"
    column = "test_error" if compared else name.replace("-", "_")
    task, method = sweeps[0].task, sweeps[0].method
    yield f"  says        {MEASURES.get(name, f'of the smallest file by {name} within the limit')}"
    if name in MEASURES:
        table = "comparisons" if compared else "summary"
        yield from _table_row(study, table, task, method, at, column)
    else:
        yield from _coded(study, [task], [method])
    yield from ["", *_records(study, sweeps, at, column)]
    if compared:
        references = [s for s in study.sweeps if (s.task, s.method) == (task, "reference")]
        yield from ["", *_records(study, references, 1.0, column)]
    yield from ["", *provenance.config(study, task, method)]
    yield from ["", *provenance.search(study, sweeps[0].search)]
    if sweeps[0].parent:
        yield "the reference's " + "\n  ".join(provenance.search(study, sweeps[0].parent.search))
    yield from ["", *provenance.data(study, task)]
    records = " ".join(str(sweep.path) for sweep in sweeps)
    yield from ["", "make everything of it again, and throw away what there is:",
                f"  snakemake --cores 8 --force {records}",
                f"  brainside tabulate {study.path} && brainside numbers {study.path}"]  # fmt: skip


def _table_row(
    study: Study, table: str, task: str, method: str, budget: float, column: str
) -> Iterator[str]:
    path = paths.filled(paths.TABLE, study=study.name, table=table)
    found = provenance.row_of(path, task=task, method=method, budget=budget)
    if not found:
        yield f"  from        {path}: no such row"
        return
    place, row = found
    wanted = {k: v for k, v in row.items() if table == "comparisons" or k.startswith(column)}
    wanted |= {k: row[k] for k in ("n", "seeds_expected", "diverged") if k in row}
    yield f"  from        {place}"
    yield "              " + ", ".join(f"{name} {value}" for name, value in wanted.items())
    yield f"  make it     brainside tabulate {study.path}"


def _records(study: Study, sweeps: list[Sweep], budget: float, column: str) -> Iterator[str]:
    there = [found[1] for s in sweeps if (found := provenance.row_of(s.path, budget=budget))]
    which = f"{sweeps[0].method} on {sweeps[0].task} at {budget:.4g}"
    yield f"records of {which}: {len(there)} of {len(sweeps)}"
    if there and all(row.get(column) for row in there):
        yield f"  the mean of {column} is {fmean(float(row[column]) for row in there):.10g}"
    for sweep in sweeps:
        yield from provenance.record(study, sweep, budget, column)


def _figure(study: Study, name: str) -> Iterator[str]:
    entry = study.config["figures"][name]
    yield f"figure {name}: {entry['caption']}"
    for ending in ("pdf", "png"):
        path = paths.filled(paths.FIGURE, study=study.name, figure=name, ending=ending)
        state = "at hand" if path.exists() else "not at hand; `dvc pull` brings it"
        yield f"  file        {path}: {state}"
    yield f"  drawn by    src/brainside/report/figures/{entry['draw']}.py"
    yield f"  config      {provenance.config_line(study.path, name, 'figures')}"
    for table in ("rows", "summary", "comparisons"):
        yield f"  from        results/tables/{study.name}/{table}.csv"
    yield f"  make it     brainside tabulate {study.path} && brainside figure {study.path} {name}"
    tasks = entry.get("tasks", study.config["tasks"])
    methods = [*entry.get("methods", study.config["methods"]), "reference"]
    if ".codings" in (paths.PACKAGE / "report/figures" / f"{entry['draw']}.py").read_text():
        yield from _coded(study, tasks, methods)
    yield from ["", *_rows_of(study, tasks, methods)]
    yield from ["", *(line for task in tasks for line in provenance.data(study, task))]


def _coded(study: Study, tasks: Iterable[str], methods: Iterable[str]) -> Iterator[str]:
    """The table of codings, and the files that it is made of for some tasks and methods."""
    yield f"  from        results/tables/{study.name}/codings.csv"
    yield f"  make it     brainside tabulate_codings {study.path}"
    for job in codings(study):
        sweep = job.sweep
        if sweep.task in tasks and sweep.method in methods:
            state = "" if job.path.exists() else " (absent)"
            yield f"  codings     {job.path}{state}"
            yield (
                f"    make it   brainside coding {study.path} {sweep.task} {sweep.method} "
                f"--seed {sweep.seed} --key {job.key}"
            )


def _rows_of(study: Study, tasks: Iterable[str], methods: Iterable[str]) -> Iterator[str]:
    """Every record of some tasks and methods, a line each."""
    cells = {(task, method): [] for task in tasks for method in dict.fromkeys(methods)}
    for sweep in study.sweeps:
        if (sweep.task, sweep.method) in cells:
            cells[sweep.task, sweep.method].append(sweep)
    for (task, method), sweeps in cells.items():
        if sweeps:
            there = [sweep for sweep in sweeps if sweep.path.exists()]
            yield f"records of {method} on {task}: {len(there)} of {len(sweeps)}"
            yield from (f"  {sweep.path}" for sweep in there)


def _claim(study: Study, claim: claims.Claim) -> Iterator[str]:
    path = paths.filled(paths.TABLE, study=study.name, table="claims")
    found = provenance.row_of(path, id=claim["id"])
    yield f"claim {claim['id']} ({claim['paper']})"
    yield f"  says        {claim['statement']}"
    yield f"  config      {claims.line(study, claim['id'])}"
    yield f"  from        {found[0] if found else f'{path}: no such row'}"
    for name in ("verdict", "ours", "low", "high", "n", "detectable", "paper_value", "explanation"):
        if found and found[1].get(name):
            yield f"    {name:<12}{found[1][name]}"
    yield f"  make it     brainside claims {study.path}"
    for check in claim["checks"]:
        yield from ["", *_check(study, check)]


def _check(study: Study, check: dict) -> Iterator[str]:
    """A check's function with its arguments, and the records that it reads."""
    given = ", ".join(f"{name}: {value}" for name, value in check.items() if name != "check")
    yield f"check {check['check']} (src/brainside/analysis/checks.py): {given}"
    methods = [check[name] for name in ("method", "against") if name in check]
    yield from _rows_of(study, check["tasks"], [*methods, *_reference(check)])
    budgets = ", ".join(f"{parse_budget(b, paths.CLAIMS):.4g}" for b in check["budgets"])
    yield f"  rows of budget {budgets}; `brainside trace TASK/METHOD/BUDGET/test-error` walks on"


def _reference(check: dict) -> list[str]:
    return ["reference"] if check["check"] == "no_more_error" and "against" not in check else []
