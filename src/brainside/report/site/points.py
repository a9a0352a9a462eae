"""Errors and sizes that the page shows: a point per cell as stored, and one per coded file."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis import coding_tables, statistics
from brainside.analysis.evidence import Evidence
from brainside.analysis.rate_distortion import front
from brainside.analysis.readings import Tables
from brainside.analysis.statistics import Interval
from brainside.analysis.tables import CELL
from brainside.base.budgets import ratio, tag
from brainside.base.tables import rows_of
from brainside.report.number import of_file
from brainside.report.tex.cells import prefix
from brainside.report.tex.latex import percent

AXES = {
    "weights": "stored weights",
    "multiply_adds": "multiply-adds of one image",
    "bytes": "bytes of the best file",
    "budget": "budget, as a share of the reference's weights",
    "epochs_total": "epochs trained, along the trajectory",
}
RAW = "raw"  # the codec of what is shown as stored already


@dataclass(frozen=True)
class Point:
    """Networks of one task, method and budget, and one way to store them; errors are fractions.

    `sizes` are means over the seeds by axis; `wrong` has by seed the test mistakes (N,) of a
    network that was stored as it was evaluated, and the test error alone (1,) of a coded one.
    `dots` have a row per seed: seed, test error, and sizes.
    """

    task: str
    method: str
    budget: float
    file: str  # codec and setting; empty as stored
    address: str  # of the number whose trace says where it comes from
    n: int
    expected: int
    valid_error: float
    error: Interval
    sizes: Mapping[str, float]
    dots: list[dict[Hashable, float]]
    wrong: Mapping[int, np.ndarray]


def points(tables: Tables, evidence: Evidence) -> list[Point]:
    """Every point that has records."""
    return [*_stored(tables, evidence), *_coded(tables, evidence)]


def _stored(tables: Tables, evidence: Evidence) -> Iterator[Point]:
    columns = {axis: "checkpoint_bytes" if axis == "bytes" else axis for axis in AXES}
    cells = dict(list(tables.rows.groupby(CELL, sort=False)))
    for cell in rows_of(tables.summary[tables.summary["n"] > 0]):
        task, method, budget = (cell[name] for name in CELL)
        rows = cells[task, method, budget].rename(columns={"checkpoint_bytes": "bytes"})
        wrong = {seed: evidence.mistakes[task, method, seed, budget] for seed in rows["seed"]}
        error, low, high = (cell[f"test_error{end}"] for end in ("", "_low", "_high"))
        yield Point(
            task, method, budget, "", f"{prefix(cell)}/test-error", cell["n"],
            cell["seeds_expected"], cell["valid_error"],
            Interval(error, low, high, np.nan, cell["n"]),
            {axis: cell[column] for axis, column in columns.items()},
            _dots(rows, list(AXES)), wrong,
        )  # fmt: skip


def _coded(tables: Tables, evidence: Evidence) -> Iterator[Point]:
    cells = dict(list(evidence.codings.groupby(coding_tables.SETTING, sort=False)))
    coded = tables.codings[(tables.codings["n"] > 0) & (tables.codings["codec"] != RAW)]
    for cell in rows_of(coded):
        task, method, budget, codec, setting = (cell[name] for name in coding_tables.SETTING)
        rows = cells[task, method, budget, codec, setting]
        errors = zip(rows["seed"].tolist(), rows["test_error"].tolist(), strict=True)
        wrong = {seed: np.array([error]) for seed, error in errors}
        file = f"{codec} {setting}".strip()
        yield Point(
            task, method, budget, file, of_file(task, method, tag(budget), file), int(cell["n"]),
            int(cell["seeds_expected"]), cell["valid_error"],
            statistics.interval(rows["test_error"].to_numpy(float)),
            {"bytes": cell["bytes"]}, _dots(rows, ["bytes"]), wrong,
        )  # fmt: skip


def _dots(rows: pd.DataFrame, axes: list[str]) -> list[dict[Hashable, float]]:
    """Seed, error and sizes of every network, by seed."""
    return rows_of(rows.sort_values("seed")[["seed", "test_error", *axes]])


def on_front(all_points: list[Point]) -> set[int]:
    """The numbers of the points that no other of the task and method beats.

    No other file is as small and as good on validation images (`rate_distortion.front`).
    """
    frame = pd.DataFrame(
        {"task": p.task, "method": p.method, "bytes": p.sizes["bytes"],
         "valid_error": p.valid_error}
        for p in all_points
    )  # fmt: skip
    if frame.empty:
        return set()
    return {
        int(number)
        for _, group in frame.groupby(["task", "method"])
        for number in front(group).index
    }


def shown(point: Point, best: bool) -> dict[str, Any]:
    """A point as the page has it: errors as text in per cent, sizes as whole numbers."""
    low, high = (min(1.0, max(0.0, end)) for end in (point.error.low, point.error.high))
    several = point.n > 1
    return {
        "task": point.task, "method": point.method, "budget": ratio(point.budget),
        "file": point.file, "trace": point.address, "n": point.n, "expected": point.expected,
        "error": percent(point.error.mean), "low": percent(low) if several else "",
        "high": percent(high) if several else "", "front": best,
        "sizes": {axis: whole(axis, value) for axis, value in point.sizes.items()},
        "dots": [_dot(dot) for dot in point.dots],
    }  # fmt: skip


def _dot(dot: Mapping[Hashable, float]) -> dict[str, Any]:
    sizes = {axis: whole(axis, value) for axis, value in dot.items() if axis in AXES}
    return {"seed": int(dot["seed"]), "error": percent(dot["test_error"]), **sizes}


def whole(axis: str, value: float) -> float:
    """A size without decimals, as the tables of the report print it; a budget in six digits."""
    return float(f"{value:.6g}") if axis == "budget" else int(f"{value:.0f}")
