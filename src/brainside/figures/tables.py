"""What a figure is drawn from: a study's tables, and the titles of its methods."""

from dataclasses import dataclass

import pandas as pd

from brainside.study import Study
from brainside.tables import folder


@dataclass(frozen=True)
class Tables:
    """`rows` has a row a seed, `summary` a row a cell, `titles` the methods of each task."""

    study: str
    rows: pd.DataFrame
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    titles: dict[str, dict[str, str]]
    methods: list[str]


def read(study: Study) -> Tables:
    """Read a study's tables from results/tables/<study>/."""
    frames = [
        pd.read_csv(folder(study.name) / f"{name}.csv")
        for name in ("rows", "summary", "comparisons")
    ]
    titles: dict[str, dict[str, str]] = {}
    for sweep in study.sweeps:
        named = study.config["methods"][sweep.method]["title"]
        titles.setdefault(sweep.task, {})[sweep.method] = named
    return Tables(study.name, *frames, titles, list(study.config["methods"]))
