"""The page: its data as JSON, and its text, style, scripts and plotting library in one file.

What the first view does not need, traces and pictures, are most of the bytes. They stand behind the
scripts, which read them when they are asked for.
"""

import json
from collections.abc import Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Any

from brainside.analysis import readings
from brainside.analysis.evidence import Evidence
from brainside.archive.digests import made_of
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.report.readme import PICTURE
from brainside.report.site import boards, claims, looks, pictures
from brainside.report.site.boards import Board
from brainside.report.site.points import AXES, Point, on_front, points
from brainside.report.site.points import shown as shown_point
from brainside.report.site.traces import Trace, traces
from brainside.report.tex.answers import Claim
from brainside.report.tex.claims import rows_of
from brainside.study.phases import phases
from brainside.study.study import Study

LARGEST = 6 << 20  # bytes of the page
SCRIPTS = ("data", "leaderboard", "plot", "curves", "claims", "weights", "trace", "main")
# D3 comes with mpld3: the one package of the index with it that needs nothing we do not have.
LIBRARY = "js/d3.v5.min.js"


def files(study: Study, trace: Trace) -> dict[Path, str]:
    """The page by its path; `trace` gives the lines of an address.

    Raises Refused where it would be larger than LARGEST.
    """
    tables, judged = readings.read(study), rows_of(study)
    evidence = Evidence(study)
    all_points = points(tables, evidence)
    all_boards = list(boards.boards(all_points, _datasets(study)))
    opening = boards.first(all_boards)
    text = _template("page.html").substitute(
        study=escape(study.name), style=_style(), library=library(), script=_script(),
        counts=f"<p>{escape(claims.counts(judged))}</p>" if judged else "",
        answer=_answer(boards.leaders(opening, all_points, tables.titles) if opening else None),
        heads=claims.head_cells(),
        claims=claims.table_rows(judged, evidence, study.titles),
        made_of=escape(made_of(sweep.path for sweep in study.sweeps)),
        data=as_json(_data(study, tables, all_points, all_boards, opening)),
        traces=as_json(traces(_addresses(judged, all_points), trace)),
        pictures=as_json(pictures.pictures(tables)),
    )  # fmt: skip
    if (size := len(text.encode())) > LARGEST:
        raise Refused(f"{paths.SITE}: {size:,} bytes, at most {LARGEST:,}; show fewer tasks")
    return {paths.SITE: text}


def _data(
    study: Study, tables: readings.Tables, all_points: list[Point], all_boards: list[Board],
    opening: Board | None,
) -> dict[str, Any]:  # fmt: skip
    best = on_front(all_points)
    return {
        "study": study.name, "axes": AXES, "titles": tables.titles, "looks": looks.looks(tables),
        "points": [shown_point(point, n in best) for n, point in enumerate(all_points)],
        "boards": [boards.shown(board, all_points, tables.titles) for board in all_boards],
        "first": all_boards.index(opening) if opening else None,
        "missing": _missing(tables), "datasets": _datasets(study), "phases": phases(study),
        "main": _main(study),
    }  # fmt: skip


def _addresses(judged: Sequence[Claim], all_points: Sequence[Point]) -> list[str]:
    """The addresses that have a trace on the page: those of points, then those of claims."""
    of_claims = [f"claims/{claim['id']}/verdict" for claim in judged]
    return [*(point.address for point in all_points), *of_claims]


def _datasets(study: Study) -> dict[str, str]:
    return {name: task["dataset"] for name, task in study.config["tasks"].items()}


def _main(study: Study) -> list[str]:
    """The methods of the README's picture, which curves begin with where a task has them."""
    figure = study.config["figures"].get(PICTURE.stem)
    return ["reference", *(figure.get("methods", []) if figure else [])]


def _missing(tables: readings.Tables) -> dict[str, list[str]]:
    """By task the methods that have no record yet."""
    rows = tables.summary[["task", "method", "n"]].to_dict("records")
    recorded = {(row["task"], row["method"]) for row in rows if row["n"]}
    missing: dict[str, dict[str, None]] = {}  # an ordered set of methods by task
    for row in rows:
        if (row["task"], row["method"]) not in recorded:
            missing.setdefault(row["task"], {})[row["method"]] = None
    return {task: list(methods) for task, methods in missing.items()}


def _answer(leaders: Sequence[str] | None) -> str:
    """Who leads the board that the page opens with, if there is one."""
    if leaders is None:
        return "No records yet."
    texts = map(escape, leaders)
    return "".join(f"<strong>{text}</strong>" if n % 2 else text for n, text in enumerate(texts))


def as_json(data: Any) -> str:
    """JSON that may stand inside a script element, whatever its texts are."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def library() -> str:
    """D3's source (BSD licence, in its first line), without importing the package it comes with."""
    spec = find_spec("mpld3")
    if spec is None or not spec.submodule_search_locations:
        raise Refused("mpld3, which has D3, is missing; `pip install -c constraints.txt mpld3`")
    return (Path(spec.submodule_search_locations[0]) / LIBRARY).read_text(encoding="utf-8")


def _template(name: str) -> Template:
    return Template((paths.SITE_ASSETS / name).read_text(encoding="utf-8"))


def _style() -> str:
    names = "".join(f"--{name}:{colour};" for name, colour in looks.colours().items())
    return f":root{{{names}}}\n{(paths.SITE_ASSETS / 'style.css').read_text(encoding='utf-8')}"


def _script() -> str:
    return "".join(
        (paths.SITE_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS
    )
