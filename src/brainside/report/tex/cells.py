"""Numbers of single cells (a task, a method, a budget) and the tables that are full of them."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from brainside.analysis.measures import COUNTS, ERRORS
from brainside.analysis.readings import Tables
from brainside.analysis.wording import between
from brainside.archive.digests import made_of
from brainside.base import budgets
from brainside.base.tables import rows_of
from brainside.report.number import Number, Origin
from brainside.report.tex.latex import ABSENT, count, escaped, percent, row, tabular
from brainside.study import phases
from brainside.study.study import Study

COLUMNS = ["weights", "multiply-adds", "checkpoint-bytes", "test-error", "test-error/interval",
           "versus-reference", "n"]  # fmt: skip
Row = Mapping[Hashable, Any]  # of a table


def prefix(cell: Row) -> str:
    """What the addresses of a cell's numbers begin with."""
    return f"{cell['task']}/{cell['method']}/{budgets.tag(cell['budget'])}"


def numbers(tables: Tables) -> Iterator[Number]:
    """Every cell's measures, and its comparison with the reference."""
    compared = {prefix(row): row for row in rows_of(tables.comparisons)}
    for cell in rows_of(tables.summary):
        yield from _measures(cell)
        yield from _comparison(cell, compared.get(prefix(cell)))


def _measures(cell: Row) -> Iterator[Number]:
    for column, name, text in _texts(cell):
        origin = Origin("measure", cell["task"], cell["method"], cell["budget"], table="summary",
                        column=column)  # fmt: skip
        yield Number(f"{prefix(cell)}/{name}", text, origin)


def _texts(cell: Row) -> Iterator[tuple[str, str, str]]:
    """Column, end of the address, and text of each measure."""
    yield "n", "n", str(cell["n"])
    recorded, several = cell["n"] > 0, cell["n"] > 1
    for measure in ERRORS:
        name = measure.replace("_", "-")
        half = cell[f"{measure}_high"] - cell[measure]
        yield measure, name, percent(cell[measure]) if recorded else ABSENT
        yield measure, f"{name}/interval", _ends(cell, measure) if several else ABSENT
        yield measure, f"{name}/half", percent(half) if several else ABSENT
    for measure in COUNTS:
        text = count(cell[measure]) if recorded else ABSENT
        yield measure, measure.replace("_", "-"), text


def _ends(cell: Row, measure: str) -> str:
    low, high = (min(1.0, max(0.0, cell[f"{measure}_{end}"])) for end in ("low", "high"))
    return f"{percent(low)}--{percent(high)}"


def _comparison(cell: Row, compared: Row | None) -> Iterator[Number]:
    origin = Origin("comparison", cell["task"], cell["method"], cell["budget"], "reference",
                    "comparisons", "test_error")  # fmt: skip
    address = f"{prefix(cell)}/versus-reference"
    yield Number(address, _difference(compared) if compared else ABSENT, origin)
    yield Number(f"{address}/verdict", _verdict(compared) if compared else ABSENT, origin)


def _difference(compared: Row) -> str:
    given = [compared[name] for name in ("difference", "low", "high")]
    mean, *ends = [f"${100 * value:+.2f}$" for value in given if not pd.isna(value)]
    return between(mean, ends)


def _verdict(compared: Row) -> str:
    if compared["no_worse"]:
        return "worse, within the margin" if compared["worse"] else "no worse"
    if not compared["worse"]:
        return "undecided"
    beyond = compared["low"] > compared["margin"]
    return "worse" if beyond else "worse, perhaps within the margin"


def table(study: Study, tables: Tables, task: str) -> str:
    """A task's cells as a LaTeX table; every entry is a macro, so that it can be traced."""
    lines = []
    of_method = _by_method(tables, task)
    for method, title in tables.titles[task].items():
        for number, cell in enumerate(of_method[method]):
            entries = [rf"\result{{{prefix(cell)}/{column}}}" for column in COLUMNS]
            if method == "reference":
                entries[COLUMNS.index("versus-reference")] = "--"
            label = escaped(title) if number == 0 else ""
            lines.append(row([label, budgets.ratio(cell["budget"]), *entries]))
        lines.append(r"\addlinespace")
    return tabular("@{}llrrrrlrr@{}", HEAD, lines[:-1], _records(study, task))


HEAD = r"""method & budget & weights & mult.-adds & bytes & error & 95\,\% interval
& against reference & $n$ \\"""


def grids(study: Study, tables: Tables, task: str) -> Iterator[tuple[str, str]]:
    """A task's tables of test errors, by the names that experiments give them (`phases.grids`)."""
    named = phases.grids(study)
    by_method = _by_method(tables, task)
    for name in dict.fromkeys(["", *(named.get(method, "") for method in by_method)]):
        theirs = {m: cells for m, cells in by_method.items() if named.get(m, "") == name}
        yield name, _grid(study, tables, task, theirs)


def _grid(study: Study, tables: Tables, task: str, by_method: Mapping[str, list[Row]]) -> str:
    """One row per method, one column per budget; blank without a cell.

    A method without any record has no row.
    """
    of_method = {m: c for m, c in by_method.items() if any(cell["n"] > 0 for cell in c)}
    columns = sorted({cell["budget"] for cells in of_method.values() for cell in cells})[::-1]
    lines = [
        row([escaped(title), *_errors(of_method[method], columns)])
        for method, title in tables.titles[task].items()
        if method in of_method
    ]
    head = row(["", *map(budgets.ratio, columns)])
    return tabular(f"@{{}}l*{{{len(columns)}}}{{r}}@{{}}", head, lines, _records(study, task))


def _by_method(tables: Tables, task: str) -> dict[str, list[Row]]:
    """The cells of a task, in the order of the summary."""
    of_method: dict[str, list[Row]] = {method: [] for method in tables.titles[task]}
    for cell in rows_of(tables.summary[tables.summary["task"] == task]):
        of_method.setdefault(cell["method"], []).append(cell)
    return of_method


def _errors(cells: list[Row], columns: list[float]) -> Iterator[str]:
    """The error of a method at each budget, marked where one of its networks diverged."""
    by_budget = {cell["budget"]: cell for cell in cells}
    for budget in columns:
        cell = by_budget.get(budget)
        macro = "gridcell" if cell and cell["n"] > 1 else "result"
        marked = r"\diverged" if cell and cell["diverged"] else ""
        yield rf"\{macro}{{{prefix(cell)}/test-error}}{marked}" if cell else ""


def _records(study: Study, task: str) -> str:
    return made_of(sweep.path for sweep in study.sweeps if sweep.task == task)
