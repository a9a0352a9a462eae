"""Tables of the original papers, as far as we know them, and ours in the same cells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from brainside.analysis.evidence import Evidence
from brainside.analysis.missing import Missing
from brainside.base import paths
from brainside.base.budgets import parse_budget
from brainside.base.configs import read_valid

Entry = Mapping[str, Any]
KINDS = ("layers", "errors", "sizes")


def read_published(study: str, path: Path = paths.PUBLISHED) -> dict[str, dict[str, Entry]]:
    """The papers' tables `layers`, `errors` and `sizes` by name; none of another study's.

    Raises Refused where the file does not fit its schema.
    """
    if not path.exists() or (content := read_valid(path, "published"))["study"] != study:
        return {kind: {} for kind in KINDS}
    for kind in KINDS:
        for entry in content[kind].values():
            entry["budget"] = parse_budget(entry["budget"], path)
    return {kind: content[kind] for kind in KINDS}


def layer_shares(entry: Entry, drawn: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """By layer, and for `total`, one row per seed: `weights`, `kept`, `multiply_adds`, those kept.

    `drawn` is plot data; the frames are empty if it has nothing of the entry's network.
    """
    columns = ["weights", "kept", "multiply_adds", "kept_multiply_adds"]
    rows = drawn[drawn["kind"] == "layers"]
    for column in ("task", "method", "budget"):
        rows = rows[rows[column] == entry[column]]
    if rows.empty:
        return {name: pd.DataFrame(columns=columns) for name in entry["rows"]}
    layers = {str(name): layer for name, layer in rows.groupby("layer", sort=False)}
    layers["total"] = rows.groupby("seed")[columns].sum()
    return {name: layers[name][columns] for name in entry["rows"]}


def orders(entry: Entry, evidence: Evidence) -> dict[tuple[str, str], tuple[str, str]]:
    """By task and method, whether it errs more (+) or less (-) than the method `against`.

    First in this study: ± if the 95 % interval of the paired difference contains zero, and empty
    without records. Then in the paper: empty if a value is not known.
    """
    signs = {}
    for task, values in entry["rows"].items():
        theirs = dict(zip(entry["methods"], values, strict=True)) if values else {}
        for method in set(entry["methods"]) - {entry["against"]}:
            gap = theirs[method] - theirs[entry["against"]] if theirs else 0.0
            paper = "+" if gap > 0 else "-" if gap < 0 else ""
            signs[task, method] = _order(entry, evidence, task, method), paper
    return signs


def _order(entry: Entry, evidence: Evidence, task: str, method: str) -> str:
    try:
        gap = evidence.difference(task, method, entry["against"], [entry["budget"]])
    except Missing:
        return ""
    return "+" if gap.low > 0 else "-" if gap.high < 0 else "±"
