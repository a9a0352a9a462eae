"""Every number of the report as a TeX definition, made from the tables and never typed.

TeX reads one with \\result{task/method/budget/measure}; an unknown name is a LaTeX error.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from brainside import coding_numbers
from brainside.coding_tables import NETWORK
from brainside.figures.tables import Tables, coded, read
from brainside.inputs import read_tuning
from brainside.study import Study
from brainside.sweep import Tuning
from brainside.tables import folder as tables_folder

ABSENT = r"\absent"


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
    return found


def _whole(study: Study, tables: Tables) -> Iterator[tuple[str, str]]:
    records = sum(sweep.record.exists() for sweep in study.sweeps)
    yield "study/sweeps", str(len(study.sweeps))
    yield "study/records", str(records)
    yield "study/missing", str(len(study.sweeps) - records)
    yield "study/diverged", str(int(tables.summary["diverged"].sum()))
    yield "study/cells", str(len(tables.summary))
    for name, task in study.config["tasks"].items():
        yield f"{name}/margin", f"{100 * task['margin']:.1f}"
        yield f"{name}/epochs", str(task["recipe"]["epochs"])
        yield f"{name}/batch", str(task["recipe"]["batch"])
        yield f"{name}/momentum", _plain(task["recipe"]["momentum"])
    for name in ("trials", "seed", "epochs_factor"):
        yield f"tuning/{name.replace('_', '-')}", _plain(study.config["tuning"][name])
    for name, method in study.config["methods"].items():
        yield from _method(name, method)
    for tuning in study.tunings():
        yield from _tuned(tuning)


def _method(name: str, method: dict) -> Iterator[tuple[str, str]]:
    if "schedule" in method:
        yield f"{name}/points", str(len(method["schedule"]))
    if "epochs" in method.get("recipe", {}):
        yield f"{name}/retraining-epochs", str(method["recipe"]["epochs"])
    for setting, space in method.get("search", {}).items():
        if "log_uniform" in space:
            ends = "--".join(map(_plain, space["log_uniform"]))
            yield f"{name}/search/{setting.replace('_', '-')}", ends


def _tuned(tuning: Tuning) -> Iterator[tuple[str, str]]:
    """The settings that a search found, by its budget and by the setting."""
    best = read_tuning(tuning)["best"] if tuning.path.exists() else {}
    for budget in tuning.spec["budgets"]:
        found = best.get(f"{budget:.6g}", {})
        for setting in tuning.spec["search"]:
            name = f"{tuning.task}/{tuning.method}/tuned/{budget:.4g}/{setting.replace('_', '-')}"
            value = found.get(setting, ABSENT)
            yield name, _setting(value)


def _setting(value: float | str | dict) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return _plain(value) if isinstance(value, int | float) else value


def _plain(value: float) -> str:
    """A number of three significant digits without an exponent."""
    digits = np.format_float_positional(value, precision=3, fractional=False, trim="-")
    return digits.removesuffix(".0")


def _cell(cell: dict) -> Iterator[tuple[str, str]]:
    there = cell["n"] > 0
    yield "n", str(cell["n"])
    for measure in ("test_error", "valid_error", "train_error"):
        name = measure.replace("_", "-")
        yield name, _percent(cell[measure]) if there else ABSENT
        yield f"{name}/interval", _span(cell, measure) if cell["n"] > 1 else ABSENT
    for measure in ("weights", "multiply_adds", "checkpoint_bytes", "epochs_total"):
        yield measure.replace("_", "-"), f"{cell[measure]:,.0f}" if there else ABSENT


def _span(cell: dict, measure: str) -> str:
    ends = (min(1.0, max(0.0, cell[f"{measure}_{end}"])) for end in ("low", "high"))
    low, high = map(_percent, ends)
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


def _percent(value: float) -> str:
    return f"{100 * value:.2f}"


def tex(found: dict[str, str]) -> str:
    """The definitions as a TeX file."""
    lines = [rf"\defresult{{{name}}}{{{text}}}" for name, text in sorted(found.items())]
    return "\n".join(["% Made by `brainside numbers`; never edited by hand.", *lines, ""])


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
            label = title if number == 0 else ""
            lines.append(" & ".join([label, _ratio(budget), *entries]) + r" \\")
        lines.append(r"\addlinespace")
    body = "\n".join(lines[:-1])
    return f"% Made by `brainside numbers`; never edited by hand.\n{HEAD}\n{body}\n{FOOT}\n"


def _counts(judged: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """How many claims there are, and how many of each verdict."""
    absent = int((judged["verdict"] == "absent").sum())
    yield "claims/total", str(len(judged))
    yield "claims/absent", str(absent)
    yield "claims/judged", str(len(judged) - absent)
    for verdict in ("reproduced", "not reproduced", "undecided"):
        name = f"claims/{verdict.replace(' ', '-')}"
        yield name, str(int((judged["verdict"] == verdict).sum()))
    for claim in judged.to_dict("records"):
        yield f"claims/{claim['id']}/verdict", claim["verdict"]


def claims_table(judged: pd.DataFrame) -> str:
    """The claims as the rows of a LaTeX table: statement, the paper's value, ours, verdict."""
    lines = ["% Made by `brainside numbers`; never edited by hand."]
    for paper, claims in judged.groupby("paper", sort=False):
        lines.append(rf"\multicolumn{{4}}{{@{{}}l}}{{\itshape {_text(paper)}}} \\*")
        for claim in claims.to_dict("records"):
            value = f"{claim['paper_value']} ({claim['confidence']})"
            cells = [claim["statement"], value, claim["ours"] or "--", claim["verdict"]]
            lines.append(" & ".join(map(_text, cells)) + r" \\")
        lines.append(r"\addlinespace")
    return "\n".join([*lines, ""])


def _text(text: str) -> str:
    """Plain text as TeX."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {c: f"\\{c}" for c in "%&_#${}"}
    return "".join(special.get(c, c) for c in text)


HEAD = r"""\begin{tabular}{@{}llrrrrlrr@{}}
\toprule
method & budget & weights & mult.-adds & bytes & error & 95\,\% interval
& against reference & $n$ \\
\midrule"""
FOOT = r"""\bottomrule
\end{tabular}"""


def _ratio(budget: float) -> str:
    return "1" if budget == 1 else f"1/{1 / budget:.4g}"


def files(study: Study) -> dict[Path, str]:
    """Every generated TeX file of a study, by its path, from the tables at hand."""
    folder, tables = Path("paper/generated") / study.name, read(study)
    made = {folder / "numbers.tex": tex(definitions(study, tables))}
    judged = tables_folder(study.name) / "claims.csv"
    if judged.exists():
        claims = pd.read_csv(judged, keep_default_na=False)
        made[folder / "claims.tex"] = claims_table(claims)
        made[folder / "numbers.tex"] += tex(dict(_counts(claims)))
    if "codings" in study.config:
        coded_cells = tables.codings, tables.summary.set_index(NETWORK)["valid_error"]
        made[folder / "numbers.tex"] += tex(coding_numbers.definitions(*coded_cells))
        frames = [coded(study, name) for name in ("layers", "matched")]
        of_codings = coding_numbers.files(*coded_cells, *frames)
        made |= {folder / name: text for name, text in of_codings.items()}
    for task in tables.titles:
        made[folder / f"table_{task.replace('/', '_')}.tex"] = table(study, tables, task)
    return made
