"""What is kept of the weights of some networks: pictures, histograms and counts by layer."""

from typing import Any

import pandas as pd

from brainside.analysis.readings import Tables
from brainside.base.budgets import ratio

# Of the plot data, the columns that the page draws, as texts or whole numbers.
TEXTS = ("layer", "what", "order", "values")
NUMBERS = ("number", "height", "width", "weights", "kept", "multiply_adds", "kept_multiply_adds",
           "edges", "entries", "bits")  # fmt: skip
MEASURES = ("limit", "unit")  # of an axis, and of a picture's whole numbers


def pictures(tables: Tables) -> list[dict[str, Any]]:
    """One entry per network (task, method, seed) and kind, with the rows of its plot data.

    Those with pictures come first.
    """
    if tables.plotdata.empty:
        return []
    names = ["task", "method", "seed", "kind"]
    groups = tables.plotdata.groupby(names, sort=False)
    entries: list[dict[str, Any]] = [
        {**dict(zip(names, network, strict=True)), "seed": int(rows["seed"].iloc[0]),
         "rows": list(map(_row, rows.to_dict("records")))}
        for network, rows in groups
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: "height" not in entry["rows"][0])


def _row(row: dict[Any, Any]) -> dict[str, Any]:
    """A row without the columns of other kinds."""
    given = {name: value for name, value in row.items() if pd.notna(value)}
    return {
        "budget": ratio(given["budget"]),
        **{name: f"{given[name]:g}" for name in MEASURES if name in given},
        **{name: str(given[name]) for name in TEXTS if name in given},
        **{name: round(given[name]) for name in NUMBERS if name in given},
    }  # fmt: skip
