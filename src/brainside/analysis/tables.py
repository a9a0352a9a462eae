"""Tables made of records: every row, a summary by cell, and comparisons with the reference."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis import statistics
from brainside.archive import records
from brainside.base import paths
from brainside.study.study import Study

ERRORS = ("test_error", "valid_error", "train_error")
COUNTS = ("weights", "multiply_adds", "checkpoint_bytes", "epochs_total", "dead_units",
          "connected_inputs")  # fmt: skip
CELL = ["task", "method", "budget"]


def rows(study: Study) -> pd.DataFrame:
    """All record rows of a study, in the order of its config."""
    frame = records.read_all(sweep.path for sweep in study.recorded())
    return frame[frame["study"] == study.name]


def files(study: Study) -> dict[Path, str]:
    """Every table of a study as text, by its path: three CSVs, and the errors for `dvc metrics`."""
    frame = rows(study)
    cells = summary(study, frame)
    made = {"rows": frame, "summary": cells, "comparisons": comparisons(study)}
    texts = {
        paths.filled(paths.TABLE, study=study.name, table=name): table.to_csv(
            index=False, lineterminator="\n"
        )
        for name, table in made.items()
    }
    metrics = paths.filled(paths.METRICS, study=study.name)
    return texts | {metrics: json.dumps(_metrics(cells), indent=1) + "\n"}


def _metrics(cells: pd.DataFrame) -> dict[str, dict]:
    """Mean test error by task, method and budget, for the cells that have records."""
    nested: dict[str, dict] = {}
    for row in cells[cells["n"] > 0].itertuples():
        by_budget = nested.setdefault(row.task, {}).setdefault(row.method, {})
        by_budget[f"{row.budget:.4g}"] = row.test_error
    return nested


def summary(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """A row a cell: the means with 95 % intervals, seeds found and expected; absent cells kept."""
    return pd.DataFrame(list(_cells(study, frame)))


def _cells(study: Study, frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for (task, method, budget), seeds in expected(study).items():
        match = (frame["task"] == task) & (frame["method"] == method) & (frame["budget"] == budget)
        found = frame[match]
        cell = {"task": task, "method": method, "budget": budget, "seeds_expected": len(seeds)}
        cell |= {"n": len(found), "diverged": int(found["diverged"].sum())}
        for measure in (*ERRORS, *COUNTS):
            cell |= _columns(measure, found[measure].to_numpy(float))
        yield cell


def _columns(measure: str, values: np.ndarray) -> dict[str, float]:
    if not len(values):
        return dict.fromkeys((measure, f"{measure}_low", f"{measure}_high"), np.nan)
    found = statistics.interval(values)
    return {measure: found.mean, f"{measure}_low": found.low, f"{measure}_high": found.high}


def expected(study: Study) -> dict[tuple[str, str, float], list[int]]:
    """The cells of a study, with the seeds that each should have."""
    cells: dict[tuple[str, str, float], list[int]] = {}
    for sweep in study.sweeps:
        for budget in sweep.budgets:
            cells.setdefault((sweep.task, sweep.method, budget), []).append(sweep.seed)
    return cells


def comparisons(study: Study) -> pd.DataFrame:
    """Each complete cell against the reference of the same seeds, paired, on the test mistakes."""
    sweeps = study.recorded()
    mistakes = {
        (s.task, s.method, s.seed, budget): wrong
        for s in sweeps
        for budget, wrong in records.read_mistakes(s.path).items()
    }
    found = [
        _comparison(study, cell, seeds, mistakes)
        for cell, seeds in expected(study).items()
        if cell[1] != "reference" and _complete(cell, seeds, mistakes)
    ]
    return pd.DataFrame(found, columns=[*CELL, "n", "difference", "low", "high", "margin",
                                        "no_worse", "worse"])  # fmt: skip


def _complete(cell: tuple[str, str, float], seeds: list[int], mistakes: dict) -> bool:
    task, method, budget = cell
    wanted = [(task, method, s, budget) for s in seeds]
    return all(w in mistakes for w in [*wanted, *((task, "reference", s, 1.0) for s in seeds)])


def _comparison(
    study: Study, cell: tuple[str, str, float], seeds: list[int], mistakes: dict
) -> dict[str, Any]:
    task, method, budget = cell
    ours = np.stack([mistakes[task, method, seed, budget] for seed in seeds])
    theirs = np.stack([mistakes[task, "reference", seed, 1.0] for seed in seeds])
    difference = statistics.paired_difference(ours, theirs)
    margin = study.config["tasks"][task]["margin"]
    return {
        "task": task, "method": method, "budget": budget, "n": difference.n,
        "difference": difference.mean, "low": difference.low, "high": difference.high,
        "margin": margin, "no_worse": statistics.no_worse(difference, margin),
        "worse": statistics.worse(difference),
    }  # fmt: skip
