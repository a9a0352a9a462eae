"""Tables of the original papers, as far as we know them, and ours in the same cells."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from brainside.analysis.evidence import Evidence
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
    """By layer, and for `total`, a row a seed: `weights`, `kept`, `multiply_adds` and those kept.

    `drawn` is plot data; the frames are empty where it has nothing of them.
    """
    columns = ["weights", "kept", "multiply_adds", "kept_multiply_adds"]
    rows = drawn[drawn["kind"] == "layers"]
    for column in ("task", "method", "budget"):
        rows = rows[rows[column] == entry[column]]
    if rows.empty:
        return {name: pd.DataFrame(columns=columns) for name in entry["rows"]}
    found = {name: each for name, each in rows.groupby("layer", sort=False)}
    found["total"] = rows.groupby("seed")[columns].sum()
    return {name: found[name][columns] for name in entry["rows"]}


def orders(entry: Entry, evidence: Evidence) -> dict[tuple[str, str], tuple[str, str]]:
    """By task and method, whether it errs more (+) or less (-) than the method `against`.

    Here, and in the paper. Here it is ± where the 95 % interval of the paired difference has zero
    inside, and nothing without records; in the paper, nothing where a value is not known.
    """
    found = {}
    for task, values in entry["rows"].items():
        theirs = dict(zip(entry["methods"], values, strict=True)) if values else {}
        for method in set(entry["methods"]) - {entry["against"]}:
            gap = theirs[method] - theirs[entry["against"]] if theirs else 0.0
            here = _order(entry, evidence, task, method)
            found[task, method] = here, "+" if gap > 0 else "-" if gap < 0 else ""
    return found


def _order(entry: Entry, evidence: Evidence, task: str, method: str) -> str:
    try:
        found = evidence.difference(task, method, entry["against"], [entry["budget"]])
    except LookupError:
        return ""
    return "+" if found.low > 0 else "-" if found.high < 0 else "±"
