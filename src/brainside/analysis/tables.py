"""Tables made of records: every row, a summary by cell, and comparisons with the reference."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis import statistics
from brainside.analysis.measures import COUNTS, ERRORS
from brainside.archive import mistakes
from brainside.archive.frames import read_all
from brainside.base import paths
from brainside.study.study import Study

CELL = ["task", "method", "budget"]
Cell = tuple[str, str, float]  # task, method, budget
Network = tuple[str, str, int, float]  # task, method, seed, budget


def rows(study: Study) -> pd.DataFrame:
    """All record rows of a study, in the order of its config."""
    frame = read_all(sweep.path for sweep in study.recorded())
    return frame[frame["study"] == study.name]


def files(study: Study) -> dict[Path, str]:
    """Every table of a study as text, by its path."""
    record_rows = rows(study)
    cells = summary(study, record_rows)
    frames = {"rows": record_rows, "summary": cells, "comparisons": comparisons(study)}
    return csv_files(study, frames)


def csv_files(study: Study, frames: Mapping[str, pd.DataFrame]) -> dict[Path, str]:
    """Tables of a study by name as the texts of their files, by path."""
    return {
        paths.filled(paths.TABLE, study=study.name, table=name): frame.to_csv(
            index=False, lineterminator="\n"
        )
        for name, frame in frames.items()
    }


def summary(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per cell: means with 95 % intervals, seeds recorded and expected; absent cells too.

    `frame` has one row per network, as `rows` gives it.
    """
    return pd.DataFrame(list(_summary_rows(study, frame)))


def _summary_rows(study: Study, frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    places = frame.groupby(CELL, sort=False).indices  # of a cell's networks
    columns = {name: frame[name].to_numpy(float) for name in ("diverged", *ERRORS, *COUNTS)}
    for (task, method, budget), seeds in expected(study).items():
        networks = places.get((task, method, budget), np.array([], int))
        row = {"task": task, "method": method, "budget": budget, "seeds_expected": len(seeds)}
        row |= {"n": len(networks), "diverged": int(columns["diverged"][networks].sum())}
        for measure in (*ERRORS, *COUNTS):
            row |= _columns(measure, columns[measure][networks])
        yield row


def _columns(measure: str, values: np.ndarray) -> dict[str, float]:
    if not len(values):
        return dict.fromkeys((measure, f"{measure}_low", f"{measure}_high"), np.nan)
    mean = statistics.interval(values)
    return {measure: mean.mean, f"{measure}_low": mean.low, f"{measure}_high": mean.high}


def expected(study: Study) -> dict[Cell, list[int]]:
    """The cells of a study, with the seeds that each should have."""
    cells: dict[Cell, list[int]] = {}
    for sweep in study.sweeps:
        for budget in sweep.budgets:
            cells.setdefault((sweep.task, sweep.method, budget), []).append(sweep.seed)
    return cells


def comparisons(study: Study) -> pd.DataFrame:
    """Each complete cell against the reference of the same seeds, paired, on the test mistakes.

    Cells without all their seeds, or without those of the reference, have no row.
    """
    columns = [*CELL, "n", "difference", "low", "high", "margin", "no_worse", "worse"]
    return pd.DataFrame(list(_comparison_rows(study)), columns=columns)


def mistakes_by_network(study: Study) -> dict[Network, np.ndarray]:
    """Which test images each recorded network of a study gets wrong, boolean (N,)."""
    return {
        (sweep.task, sweep.method, sweep.seed, budget): wrong
        for sweep in study.recorded()
        for budget, wrong in mistakes.read(sweep.path).items()
    }


def _comparison_rows(study: Study) -> Iterator[dict[str, Any]]:
    by_network = mistakes_by_network(study)
    for (task, method, budget), seeds in expected(study).items():
        ours = [by_network.get((task, method, seed, budget)) for seed in seeds]
        theirs = [by_network.get((task, "reference", seed, 1.0)) for seed in seeds]
        if method == "reference" or any(wrong is None for wrong in (*ours, *theirs)):
            continue
        difference = statistics.paired_difference(np.array(ours), np.array(theirs))
        margin = study.config["tasks"][task]["margin"]
        yield {
            "task": task, "method": method, "budget": budget, "n": difference.n,
            "difference": difference.mean, "low": difference.low, "high": difference.high,
            "margin": margin, "no_worse": statistics.no_worse(difference, margin),
            "worse": statistics.worse(difference),
        }  # fmt: skip
