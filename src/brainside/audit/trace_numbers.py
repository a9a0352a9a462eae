"""What a number of the report comes from, in lines of text, by the kind of its origin."""

from collections.abc import Callable, Iterator
from math import isclose
from statistics import fmean

from brainside.analysis.measures import MEASURES
from brainside.audit import listings, provenance
from brainside.base import paths
from brainside.base.budgets import tag
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.report.number import Kind, Origin
from brainside.study.plotdata import plotdata
from brainside.study.study import Study
from brainside.study.sweeps import Sweep

FILE = frozenset({"bytes", "weights", "valid_error", "test_error"}).__contains__
COMPARISON = "difference of test error, points, paired by seed, 95 % interval"


def origin(study: Study, source: Origin) -> Iterator[str]:
    """The lines of an origin, of any kind."""
    yield from LINES[source.kind](study, source)


def _study(study: Study, _: Origin) -> Iterator[str]:
    yield f"  of          the whole study, {study.path}, and the tables of its records"
    yield f"  see         brainside plan {study.path}"


def _entry(section: str, field: str) -> Callable[[Study, Origin], Iterator[str]]:
    """Lines of an entry in a section of the config, which a field of the origin names."""

    def lines(study: Study, source: Origin) -> Iterator[str]:
        """The place of the entry in the config."""
        line = provenance.config_line(study.path, getattr(source, field), section)
        yield f"  config      {line}"

    return lines


def _verdicts(study: Study, source: Origin) -> Iterator[str]:
    yield f"  of          the claims of {source.entry or 'all papers'}"
    yield f"  from        {paths.filled(paths.TABLE, study=study.name, table=source.table)}"


def _order(study: Study, source: Origin) -> Iterator[str]:
    table = read_valid(paths.PUBLISHED, "published")["errors"][source.entry]
    yield f"  paper       {table['paper']}"
    yield from listings.records(study, table["rows"], table["methods"])


def _search(study: Study, source: Origin) -> Iterator[str]:
    """The searches of a method and, for pairs of trials, of the one it is compared with."""
    for search in study.searches:
        if search.task == source.task and search.method in (source.method, source.against):
            yield from ["", *provenance.search(study, search)]
    yield from ["", *provenance.data(study, source.task)]


def _measure(study: Study, source: Origin) -> Iterator[str]:
    yield f"  says        {MEASURES[source.column]}"
    yield from _table_row(study, source, lambda name: name.startswith(source.column))
    yield from _cell(study, source, source.column)


def _comparison(study: Study, source: Origin) -> Iterator[str]:
    yield f"  says        {COMPARISON}"
    yield from _table_row(study, source, lambda _: True)
    yield from _cell(study, source, source.column)


def _layer(study: Study, source: Origin) -> Iterator[str]:
    yield f"  says        {source.column} of a layer, and the share of them that is kept"
    yield f"  beside      {provenance.config_line(paths.PUBLISHED, source.entry, 'layers')}"
    jobs = [
        job
        for job in plotdata(study)
        if (job.kind, job.task, job.method) == ("layers", source.task, source.method)
    ]
    yield from listings.drawn(study, jobs)
    yield from _cell(study, source, None)


def _coding(study: Study, source: Origin) -> Iterator[str]:
    yield f"  says        of the smallest file by {source.entry} within the limit"
    yield from _codings(study, source)


def _file(study: Study, source: Origin) -> Iterator[str]:
    yield f"  says        mean test error of the networks in files by {source.entry}, per cent"
    codec, _, setting = source.entry.partition(" ")
    yield from _table_row(study, source, FILE, codec=codec, setting=setting)
    yield from ["", *_codings(study, source)]


def _smallest(study: Study, source: Origin) -> Iterator[str]:
    entry = study.config["codings"]["smallest"][source.entry]
    yield (
        f"  says        of the smallest file with a validation error of at most "
        f"{100 * entry['error']:g} %, of any method and codec on {', '.join(entry['tasks'])}"
    )
    if source.task:
        yield from _codings(study, source)


def _codecs(study: Study, source: Origin) -> Iterator[str]:
    yield f"  says        bytes by {source.entry} over bytes by {source.against}, at equal error"
    yield from _codings(study, source)


def _codings(study: Study, source: Origin) -> Iterator[str]:
    yield f"  from        {paths.filled(paths.TABLE, study=study.name, table=source.table)}"
    yield from listings.coded(study, [source.task], [source.method])
    yield from _cell(study, source, None)


LINES: dict[Kind, Callable[[Study, Origin], Iterator[str]]] = {
    "measure": _measure,
    "comparison": _comparison,
    "layer": _layer,
    "coding": _coding,
    "file": _file,
    "smallest": _smallest,
    "codecs": _codecs,
    "search": _search,
    "trials": _search,
    "order": _order,
    "verdicts": _verdicts,
    "claim": _verdicts,
    "task": _entry("tasks", "task"),
    "method": _entry("methods", "method"),
    "figure": _entry("figures", "entry"),
    "study": _study,
}


def _cell(study: Study, source: Origin, column: str | None) -> Iterator[str]:
    """The records of one task, method and budget, and all that these rest on."""
    sweeps, budget = _sweeps(study, source)
    yield from ["", *_records(study, sweeps, budget, column)]
    if source.against == "reference":
        references = study.cells[source.task, "reference"]
        yield from ["", *_records(study, references, 1.0, column)]
    yield from ["", *provenance.config(study, source.task, source.method)]
    yield from ["", *provenance.search(study, sweeps[0].search)]
    if sweeps[0].parent:
        parent = sweeps[0].parent
        whose = "the reference's" if parent.method == "reference" else f"{parent.method}'s"
        yield f"{whose} " + "\n  ".join(provenance.search(study, parent.search))
    yield from ["", *provenance.data(study, source.task)]
    records = " ".join(str(sweep.path) for sweep in sweeps)
    yield from ["", "make everything of it again, and throw away what there is:",
                f"  snakemake --cores 8 --force {records}",
                f"  brainside tabulate {study.path} && brainside numbers {study.path}"]  # fmt: skip


def _sweeps(study: Study, source: Origin) -> tuple[list[Sweep], float]:
    """The sweeps that have an origin's cell, and its budget as the config gives it.

    Raises Refused if the config has no such cell any more.
    """
    cell = study.cells.get((source.task, source.method), [])
    for budget in {budget for sweep in cell for budget in sweep.budgets}:
        # A table that was read and written again may have a budget's last digit otherwise.
        if source.budget is not None and isclose(budget, source.budget):
            return [sweep for sweep in cell if budget in sweep.budgets], budget
    raise Refused(
        f"{study.path}: no sweep of {source.method} on {source.task} has budget {source.budget}; "
        f"`brainside tabulate {study.path} && brainside numbers {study.path}` makes the numbers"
    )


def _table_row(
    study: Study, source: Origin, shown: Callable[[str], bool], **among: str
) -> Iterator[str]:
    """The row of a table that a number is in, with the columns that are shown.

    `among` are the columns that tell a cell's rows apart, where there are several.
    """
    _, budget = _sweeps(study, source)
    path = paths.filled(paths.TABLE, study=study.name, table=source.table)
    cell = provenance.row_of(path, task=source.task, method=source.method, budget=budget, **among)
    if not cell:
        yield f"  from        {path}: no such row"
        return
    line, row = cell
    counts = ("n", "seeds_expected", "diverged")
    values = [f"{name} {value}" for name, value in row.items() if shown(name) or name in counts]
    yield f"  from        {line}"
    yield f"              {', '.join(values)}"
    command = "tabulate_codings" if source.table == "codings" else "tabulate"
    yield f"  make it     brainside {command} {study.path}"


def _records(study: Study, sweeps: list[Sweep], budget: float, column: str | None) -> Iterator[str]:
    """Every record of a cell, and the mean of a column over them."""
    rows = [row[1] for s in sweeps if (row := provenance.row_of(s.path, budget=budget))]
    cell = f"{sweeps[0].method} on {sweeps[0].task} at {tag(budget)}"
    yield f"records of {cell}: {len(rows)} of {len(sweeps)}"
    values = [float(row[column]) for row in rows if column and row.get(column)]
    if rows and len(values) == len(rows):
        yield f"  the mean of {column} is {fmean(values):.10g}"
    for sweep in sweeps:
        yield from provenance.record(study, sweep, budget, column)
