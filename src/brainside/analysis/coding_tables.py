"""Tables made of codings: means by codec and setting, layer by layer, and codecs at equal error."""

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis import long_tables, rate_distortion
from brainside.analysis.missing import Missing
from brainside.analysis.tables import csv_files
from brainside.analysis.tables import rows as record_rows
from brainside.base.errors import Refused
from brainside.base.files import State, state
from brainside.base.tables import read_csv
from brainside.study.codings import codings, existing
from brainside.study.study import Study

NETWORK = ["task", "method", "budget"]
SETTING = [*NETWORK, "codec", "setting"]
MEASURES = ["bytes", "position_bytes", "value_bytes", "weights", "bits_per_weight",
            "density_bound_bytes", "margins_bound_bytes", "symbols_bound_bytes",
            "valid_error", "test_error"]  # fmt: skip
OF_WEBGRAPH = ["streams_bound_bytes"]  # a measure where a codec has it
TEXT = ["study", "task", "method", "key", "row_key", "codec", "setting", "checkpoint_sha256",
        *long_tables.LAYER_CELLS]  # fmt: skip
KINDS: dict[str, type] = {
    **dict.fromkeys(TEXT, str), **dict.fromkeys([*MEASURES, "budget"], float), "seed": int,
}  # fmt: skip
SUMMARY = [*SETTING, "retrained", "n", "seeds_expected"]
MATCHED = [*NETWORK, "codec", "against", *rate_distortion.COLUMNS]
Setting = tuple[Hashable, ...]  # values of SETTING


def read(path: Path) -> pd.DataFrame:
    """One file of codings, one row per checkpoint, codec and setting; Refused when damaged.

    Read once a process, for as long as the file stays what it is.
    """
    return _kept(path, state(path)).copy(deep=False)


@lru_cache(maxsize=1 << 12)
def _kept(path: Path, _: State | None) -> pd.DataFrame:
    try:
        frame = read_csv(path, dtype=KINDS)
        frame[TEXT] = frame[TEXT].fillna("")
        if missing := KINDS.keys() - set(frame):
            raise KeyError(*missing)
        return frame
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        remedy = "`git restore results` brings archived ones back"
        raise Refused(f"{path}: unreadable codings ({reason}); {remedy}") from None


def rows(study: Study) -> pd.DataFrame:
    """The rows of all codings that exist."""
    frames = [read(job.path) for job in existing(study)]
    columns = dict.fromkeys([*TEXT, "seed", *NETWORK, *MEASURES])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(columns))


def summary(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per network, codec and setting: means over seeds; what is absent has n = 0, no mean.

    `retrained` says whether levels were trained on after they were shared.
    """
    measures = [*MEASURES, *(name for name in OF_WEBGRAPH if name in frame)]
    places, values = frame.groupby(SETTING).indices, frame[measures].to_numpy(float)
    lines = [
        {
            **dict(zip(SETTING, setting, strict=True)),
            "retrained": retrained,
            "seeds_expected": seeds,
            **_means(values[places.get(setting, [])], measures),
        }
        for (setting, retrained), seeds in _expected(study).items()
    ]
    return pd.DataFrame(lines, columns=[*SUMMARY, *measures])


def _expected(study: Study) -> dict[tuple[Setting, bool], int]:
    """How many seeds there will be, by setting and by whether levels are retrained."""
    seeds: dict[tuple[Setting, bool], int] = {}
    for job in codings(study):
        for budget in job.budgets:
            for codec, text, setting in job.settings():
                row = job.task, job.method, budget, codec, text
                retrained = getattr(setting, "retrain", 0) > 0
                seeds[row, retrained] = seeds.get((row, retrained), 0) + 1
    return seeds


def _means(values: np.ndarray, measures: list[str]) -> dict[str, Any]:
    """The number of rows of (n, measures), and each measure's mean over those that have it."""
    if not len(values):
        return {"n": 0}
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means = np.where(there, values, 0).sum(0) / there.sum(0)
    return {"n": len(values), **dict(zip(measures, means.tolist(), strict=True))}


def layers(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per network, codec, setting and layer: means over seeds, layers in their order."""
    long = long_tables.layers(frame, SETTING)
    return long.groupby([*SETTING, "layer"], sort=False, as_index=False).mean()


def matched(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs of codecs that the config compares, at equal validation error.

    See `rate_distortion.compared`.
    """
    pairs = study.config["codings"].get("compared", [])
    errors = record_rows(study).set_index(NETWORK).sort_index()[["seed", "valid_error"]]
    lines = [
        dict(zip(NETWORK, network, strict=True)) | {"codec": pair[0], "against": pair[1], **row}
        for network, of_network in frame.groupby(NETWORK, sort=False)
        for pair in pairs
        if set(pair) <= set(of_network["codec"])
        for row in rate_distortion.compared(of_network, pair, _by_seed(errors, network))
    ]
    return pd.DataFrame(lines, columns=MATCHED)


def _by_seed(errors: pd.DataFrame, network: Any) -> pd.Series:
    """Validation errors of a network's records by seed, of those of all networks."""
    return errors.loc[[network]].set_index("seed").sort_index()["valid_error"]


def files(study: Study) -> dict[Path, str]:
    """The tables of a study's codings as text, by path; none if the study codes nothing."""
    if "codings" not in study.config:
        return {}
    frame = rows(study)
    return csv_files(study, {
        "codings": summary(study, frame), "layers": layers(frame),
        "matched": matched(study, frame),
    })  # fmt: skip


def smallest(cells: pd.DataFrame, limit: float) -> pd.Series:
    """Of settings (one row each), the smallest within a limit of the mean validation error.

    If none keeps within it, the one with the least validation error. Test errors take no part.
    Raises Missing if there is no setting at all.
    """
    if cells.empty:
        raise Missing("no coding")
    within = cells[cells["valid_error"] <= limit]
    by = ["bytes", "valid_error"] if len(within) else ["valid_error", "bytes"]
    return (within if len(within) else cells).sort_values(by, kind="stable").iloc[0]
