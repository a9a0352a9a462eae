"""Every number of the report as a TeX definition, made from the tables and never typed.

TeX reads one with \\result{task/method/budget/measure}; an unknown name is a LaTeX error.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from brainside.analysis.coding_tables import NETWORK
from brainside.analysis.evidence import Evidence
from brainside.analysis.published import read_published
from brainside.analysis.readings import Tables, coded, read
from brainside.analysis.tables import COUNTS, ERRORS
from brainside.archive.digests import made_of
from brainside.archive.searches import read_search
from brainside.archive.specs import machine_of
from brainside.base import paths
from brainside.base.budgets import ratio
from brainside.report.tex import claims, codings, protocol, published
from brainside.report.tex.latex import ABSENT, MADE, escaped, percent, plain, tabular
from brainside.report.tex.latex import row as tex_row
from brainside.study.searches import Search
from brainside.study.study import Study


def definitions(study: Study, tables: Tables) -> dict[str, str]:
    """Name to TeX text, for every cell of the study and for the study as a whole."""
    found = dict(_whole(study, tables))
    for cell in tables.summary.to_dict("records"):
        place = f"{cell['task']}/{cell['method']}/{cell['budget']:.4g}"
        found |= {f"{place}/{name}": text for name, text in _cell(cell)}
    compared = tables.comparisons.set_index(["task", "method", "budget"])
    for task, method, budget in tables.summary[["task", "method", "budget"]].itertuples(
        index=False
    ):
        place = f"{task}/{method}/{budget:.4g}/versus-reference"
        found |= _comparison(place, compared, (task, method, budget))
    known, evidence = read_published(study.name), Evidence(study)
    for entry in known["layers"].values():
        found |= published.layer_results(entry, tables.plotdata, ABSENT)
    for name, entry in known["errors"].items():
        found |= published.order_results(name, entry, evidence)
    return found


def _whole(study: Study, tables: Tables) -> Iterator[tuple[str, str]]:
    records = sum(sweep.path.exists() for sweep in study.sweeps)
    yield "study/sweeps", str(len(study.sweeps))
    yield "study/records", str(records)
    yield "study/missing", str(len(study.sweeps) - records)
    yield "study/diverged", str(int(tables.summary["diverged"].sum()))
    yield "study/cells", str(len(tables.summary))
    yield "study/processors", escaped(_processors(study))
    for name, task in study.config["tasks"].items():
        yield f"{name}/margin", f"{100 * task['margin']:.1f}"
        yield f"{name}/epochs", str(task["recipe"]["epochs"])
        yield f"{name}/batch", str(task["recipe"]["batch"])
        yield f"{name}/momentum", plain(task["recipe"]["momentum"])
    for name in ("trials", "seed", "epochs_factor"):
        yield f"tuning/{name.replace('_', '-')}", plain(study.config["tuning"][name])
    for name, method in study.config["methods"].items():
        yield from _method(name, method)
    for name, figure in study.config["figures"].items():
        yield f"figures/{name}/caption", escaped(figure["caption"])
    for search in study.searches:
        yield from _tuned(search)


def _processors(study: Study) -> str:
    """How many records each kind of processor made."""
    kinds = Counter(machine_of(sweep) for sweep in study.sweeps if sweep.path.exists())
    return ", ".join(f"{count} by {kind}" for kind, count in kinds.most_common()) or "none"


def _method(name: str, method: dict) -> Iterator[tuple[str, str]]:
    if "schedule" in method:
        yield f"{name}/points", str(len(method["schedule"]))
    if "epochs" in method.get("recipe", {}):
        yield f"{name}/retraining-epochs", str(method["recipe"]["epochs"])
    for setting, space in method.get("search", {}).items():
        if "log_uniform" in space:
            ends = "--".join(map(plain, space["log_uniform"]))
            yield f"{name}/search/{setting.replace('_', '-')}", ends


def _tuned(search: Search) -> Iterator[tuple[str, str]]:
    """The settings that a search found, by its budget and by the setting."""
    best = read_search(search)["best"] if search.path.exists() else {}
    for budget in search.spec["budgets"]:
        found = best.get(f"{budget:.6g}", {})
        for setting in search.spec["search"]:
            name = f"{search.task}/{search.method}/tuned/{budget:.4g}/{setting.replace('_', '-')}"
            value = found.get(setting, ABSENT)
            yield name, _setting(value)


def _setting(value: float | str | dict) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return plain(value) if isinstance(value, int | float) else value


def _cell(cell: dict) -> Iterator[tuple[str, str]]:
    there = cell["n"] > 0
    yield "n", str(cell["n"])
    for measure in ERRORS:
        name = measure.replace("_", "-")
        yield name, percent(cell[measure]) if there else ABSENT
        yield f"{name}/interval", _span(cell, measure) if cell["n"] > 1 else ABSENT
        half = cell[f"{measure}_high"] - cell[measure]
        yield f"{name}/half", percent(half) if cell["n"] > 1 else ABSENT
    for measure in COUNTS:
        yield measure.replace("_", "-"), f"{cell[measure]:,.0f}" if there else ABSENT


def _span(cell: dict, measure: str) -> str:
    ends = (min(1.0, max(0.0, cell[f"{measure}_{end}"])) for end in ("low", "high"))
    low, high = map(percent, ends)
    return f"{low}--{high}"


def _comparison(place: str, compared: pd.DataFrame, cell: tuple) -> dict[str, str]:
    if cell not in compared.index:
        return dict.fromkeys((place, f"{place}/verdict"), ABSENT)
    row = compared.loc[cell]
    points = [f"{100 * row[name]:+.2f}" for name in ("difference", "low", "high")]
    verdict = "no worse" if row["no_worse"] else "worse" if row["worse"] else "undecided"
    if row["no_worse"] and row["worse"]:
        verdict = "worse, within the margin"
    return {place: f"${points[0]}$ [${points[1]}$, ${points[2]}$]", f"{place}/verdict": verdict}


def tex(found: dict[str, str]) -> str:
    """The definitions as a TeX file."""
    lines = [rf"\defresult{{{name}}}{{{text}}}" for name, text in sorted(found.items())]
    return "\n".join([MADE, *lines, ""])


def table(study: Study, tables: Tables, task: str) -> str:
    """A task's cells as a LaTeX table; every entry is a macro, so it can be traced."""
    lines = []
    cells = tables.summary[tables.summary["task"] == task]
    for method, title in tables.titles[task].items():
        for number, budget in enumerate(cells.loc[cells["method"] == method, "budget"]):
            place = f"{task}/{method}/{budget:.4g}"
            columns = ["weights", "multiply-adds", "checkpoint-bytes", "test-error",
                       "test-error/interval", "versus-reference", "n"]  # fmt: skip
            entries = [rf"\result{{{place}/{column}}}" for column in columns]
            if method == "reference":
                entries[5] = "--"
            label = escaped(title) if number == 0 else ""
            lines.append(tex_row([label, ratio(budget), *entries]))
        lines.append(r"\addlinespace")
    said = made_of(sweep.path for sweep in study.sweeps if sweep.task == task)
    return tabular("@{}llrrrrlrr@{}", HEAD, lines[:-1], said)


HEAD = r"""method & budget & weights & mult.-adds & bytes & error & 95\,\% interval
& against reference & $n$ \\"""


def grid(study: Study, tables: Tables, task: str) -> str:
    """A task's test errors: a row a method, a column a budget; blank where there is no cell."""
    cells = tables.summary[tables.summary["task"] == task]
    budgets = sorted(cells["budget"].unique(), reverse=True)
    lines = [
        tex_row([escaped(title), *_errors(cells[cells["method"] == method], budgets)])
        for method, title in tables.titles[task].items()
    ]
    head = tex_row(["", *map(ratio, budgets)])
    said = made_of(sweep.path for sweep in study.sweeps if sweep.task == task)
    return tabular(f"@{{}}l*{{{len(budgets)}}}{{r}}@{{}}", head, lines, said)


def _errors(cells: pd.DataFrame, budgets: list[float]) -> Iterator[str]:
    there = {cell["budget"]: cell for cell in cells.to_dict("records")}
    for budget in budgets:
        cell = there.get(budget)
        place = f"{cell['task']}/{cell['method']}/{budget:.4g}/test-error" if cell else ""
        macro = "gridcell" if cell and cell["n"] > 1 else "result"
        yield rf"\{macro}{{{place}}}" if cell else ""


def files(study: Study) -> dict[Path, str]:
    """Every generated TeX file of a study, by its path, from the tables at hand."""
    tables, judged = read(study), claims.judged(study)
    found, made = definitions(study, tables), {}
    if judged:  # the study of the report
        titles = {name: method["title"] for name, method in study.config["methods"].items()}
        found |= protocol.definitions(study) | claims.definitions(judged, titles)
        made |= claims.files(study) | protocol.files(study)
    if "codings" in study.config:
        sizes = list(read_published(study.name)["sizes"].values())
        coded_cells = sizes, tables.codings, tables.summary.set_index(NETWORK)["valid_error"]
        layers, compared = (coded(study, name) for name in ("layers", "matched"))
        found |= codings.definitions(*coded_cells, compared)
        made |= codings.files(*coded_cells, layers, compared)
    made["numbers"] = tex(found)
    made |= {name: f"{MADE}\n{text}" for name, text in published.tables(study).items()}
    for task in tables.titles:
        name = task.replace("/", "_")
        made |= {f"table_{name}": table(study, tables, task),
                 f"grid_{name}": grid(study, tables, task)}  # fmt: skip
    return {
        paths.filled(paths.GENERATED, study=study.name, name=name): text
        for name, text in made.items()
    }
