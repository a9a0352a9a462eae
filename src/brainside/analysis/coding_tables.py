"""Tables made of codings: means by codec and setting, layer by layer, and codecs at equal error."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from brainside.analysis import rate_distortion
from brainside.analysis.tables import rows as record_rows
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study.codings import codings, existing
from brainside.study.study import Study

NETWORK = ["task", "method", "budget"]
SETTING = [*NETWORK, "codec", "setting"]
MEASURES = ["bytes", "position_bytes", "value_bytes", "weights", "bits_per_weight",
            "density_bound_bytes", "margins_bound_bytes", "symbols_bound_bytes",
            "valid_error", "test_error"]  # fmt: skip
OF_LAYERS = ["entries", "weights", "position_bytes", "value_bytes"]
TEXT = ["study", "task", "method", "key", "row_key", "codec", "setting", "checkpoint_sha256",
        "layer_names", *(f"layer_{name}" for name in OF_LAYERS)]  # fmt: skip
NAMES = paths.CODING_TABLES


def read(path: Path) -> pd.DataFrame:
    """One file of codings, a row a checkpoint, codec and setting; Refused when it is damaged."""
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(TEXT, str))
        frame[TEXT] = frame[TEXT].fillna("")
        return frame.astype(dict.fromkeys([*MEASURES, "budget"], float)).astype({"seed": int})
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"{path}: unreadable codings ({error}); delete them, code again") from None


def rows(study: Study) -> pd.DataFrame:
    """Every row of the codings that are there."""
    frames = [read(job.path) for job in existing(study)]
    columns = dict.fromkeys([*TEXT, "seed", *NETWORK, *MEASURES])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(columns))


def summary(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """A row a network, codec and setting: means over seeds; what is absent has n = 0 and no mean.

    `retrained` says whether levels were trained on after they were shared.
    """
    found = dict(list(frame.groupby(SETTING, sort=False)))
    return pd.DataFrame(
        [_cell(cell, found.get(cell[:5]), seeds) for cell, seeds in _expected(study).items()],
        columns=[*SETTING, "retrained", "n", "seeds_expected", *MEASURES],
    )


def _expected(study: Study) -> dict[tuple, int]:
    """By network, codec, setting and whether levels are retrained: how many seeds there will be."""
    expected: dict[tuple, int] = {}
    for job in codings(study):
        for budget in job.budgets:
            for codec, text, setting in job.settings():
                place = (job.sweep.task, job.sweep.method, budget, codec, text)
                place += (getattr(setting, "retrain", 0) > 0,)
                expected[place] = expected.get(place, 0) + 1
    return expected


def _cell(cell: tuple, rows: pd.DataFrame | None, seeds: int) -> dict[str, Any]:
    means = {} if rows is None else rows[MEASURES].mean()
    row = dict(zip([*SETTING, "retrained"], cell, strict=True))
    return {**row, "n": 0 if rows is None else len(rows), "seeds_expected": seeds, **means}


def layers(frame: pd.DataFrame) -> pd.DataFrame:
    """A row a network, codec, setting and layer: means over seeds, layers in their order."""
    found = pd.DataFrame(
        [row for each in frame.to_dict("records") for row in _layers(each)],
        columns=[*SETTING, "layer", *OF_LAYERS],
    )
    return found.groupby([*SETTING, "layer"], sort=False, as_index=False).mean()


def _layers(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The layers of a row; none where a codec does not tell them apart."""
    columns = [map(float, row[f"layer_{name}"].split()) for name in OF_LAYERS]
    for name, *sizes in zip(row["layer_names"].split(), *columns, strict=True):
        yield {k: row[k] for k in SETTING} | {
            "layer": name,
            **dict(zip(OF_LAYERS, sizes, strict=True)),
        }


def matched(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs of codecs that the config compares, at equal validation error (see `distortion`)."""
    pairs = study.config["codings"].get("compared", [])
    errors = record_rows(study).set_index([*NETWORK, "seed"]).sort_index()["valid_error"]
    found = [
        dict(zip(NETWORK, network, strict=True)) | {"codec": pair[0], "against": pair[1], **row}
        for network, here in frame.groupby(NETWORK, sort=False)
        for pair in pairs
        if set(pair) <= set(here["codec"])
        for row in rate_distortion.compared(here, pair, errors.loc[network])
    ]
    return pd.DataFrame(found, columns=[*NETWORK, "codec", "against", *rate_distortion.COLUMNS])


def files(study: Study) -> dict[Path, str]:
    """Every table of a study's codings as text, by its path; none where it codes nothing."""
    if "codings" not in study.config:
        return {}
    frame = rows(study)
    made = {"codings": summary(study, frame), "layers": layers(frame),
            "matched": matched(study, frame)}  # fmt: skip
    return {
        paths.filled(paths.TABLE, study=study.name, table=name): table.to_csv(
            index=False, lineterminator="\n"
        )
        for name, table in made.items()
    }


def smallest(cells: pd.DataFrame, limit: float) -> pd.Series:
    """Of settings (a row each), the smallest within a limit of the mean validation error.

    Where none keeps within it, that of the least validation error. Test errors take no part.
    Raises LookupError where there is none at all.
    """
    if cells.empty:
        raise LookupError("no coding")
    within = cells[cells["valid_error"] <= limit]
    by = ["bytes", "valid_error"] if len(within) else ["valid_error", "bytes"]
    return (within if len(within) else cells).sort_values(by, kind="stable").iloc[0]
