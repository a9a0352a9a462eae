"""Cells that hold several numbers, as long tables: the one place that takes such cells apart.

Records and codings have one row per network, and keep what a network has several of in a cell.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

OF_LAYERS = ["entries", "weights", "position_bytes", "value_bytes"]
LAYER_CELLS = ["layer_names", *(f"layer_{name}" for name in OF_LAYERS)]
STEPS = ["step", "layer", "channels", "multiply_adds"]


def layers(codings: pd.DataFrame, keep: list[str]) -> pd.DataFrame:
    """One row per layer of rows of codings: the columns `keep`, `layer`, and OF_LAYERS (floats).

    A row whose codec does not tell layers apart gives none.
    """
    rows = [
        {**{name: coding[name] for name in keep}, **layer}
        for coding in codings.to_dict("records")
        for layer in _layers(coding)
    ]
    return pd.DataFrame(rows, columns=[*keep, "layer", *OF_LAYERS])


def _layers(coding: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    columns = [map(float, coding[f"layer_{name}"].split()) for name in OF_LAYERS]
    for name, *sizes in zip(coding["layer_names"].split(), *columns, strict=True):
        yield {"layer": name, **dict(zip(OF_LAYERS, sizes, strict=True))}


def slimming_steps(records: pd.DataFrame) -> pd.DataFrame:
    """The greedy searches of some records, one row per search, step and layer, with the `seed`.

    `records` has the columns `seed`, `path` ("24 48;22 48": the channels of every layer, step by
    step) and `path_multiply_adds` ("1152 1056": of the whole network, one per step). The result
    has `seed` and STEPS; layers and steps count from 0.
    """
    rows = [
        {"seed": record["seed"], **step}
        for record in records.to_dict("records")
        for step in _steps(record)
    ]
    return pd.DataFrame(rows, columns=["seed", *STEPS])


def _steps(record: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    costs = map(float, str(record["path_multiply_adds"]).split())
    for step, (widths, cost) in enumerate(zip(record["path"].split(";"), costs, strict=True)):
        for layer, channels in enumerate(widths.split()):
            yield dict(zip(STEPS, (step, layer, int(channels), cost), strict=True))


def whole_numbers(values: str) -> np.ndarray:
    """The numbers in a cell `values` of plot data: "1 2 3" as integers (n,)."""
    return np.array(values.split(), dtype=int)


def picture(row: Mapping[Any, Any]) -> np.ndarray:
    """The picture (H, W) in one row of plot data."""
    flat = whole_numbers(row["values"])
    return row["unit"] * flat.reshape(int(row["height"]), int(row["width"]))
