"""Codings against their config, the records of what they code, and themselves."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from brainside.analysis import coding_tables
from brainside.archive.frames import read_all
from brainside.coding.settings import Setting
from brainside.study.codings import Coding

ERRORS = ("valid_error", "test_error")
LOSSES = ("valid_loss", "test_loss")


def wrong(job: Coding) -> Iterator[str]:
    """What of a coding's file does not follow from the config and from the record.

    Raises Refused where one of the two files is damaged.
    """
    frame, sweep = coding_tables.read(job.path), job.sweep
    settings = [(codec, text) for codec, text, _ in job.settings()]
    asked = [(budget, *setting) for budget in job.budgets for setting in settings]
    if list(frame[["budget", "codec", "setting"]].itertuples(index=False, name=None)) != asked:
        yield "its rows are not those of the config"
        return
    rows = read_all([sweep.path]).set_index("budget").loc[[budget for budget, *_ in asked]]
    fixed = {"study": sweep.study, "task": sweep.task, "method": sweep.method, "key": job.key,
             "seed": sweep.seed, "row_key": [sweep.row_key(b) for b, *_ in asked],
             "checkpoint_sha256": rows["checkpoint_sha256"].to_numpy()}  # fmt: skip
    for column, value in fixed.items():
        if not (frame[column] == value).all():
            yield f"column {column} is not what config and record give"
    if not (frame["bits_per_weight"] == 8 * frame["bytes"] / frame["reference_weights"]).all():
        yield "column bits_per_weight is not that of its bytes"
    yield from _lossless(job, frame, rows)


def lossless(setting: Any) -> bool:
    """Whether a setting writes every value as it is."""
    ours = isinstance(setting, Setting)
    return ours and (setting.values, setting.biases) == ("float32", "float32")


def _lossless(job: Coding, frame: pd.DataFrame, rows: pd.DataFrame) -> Iterator[str]:
    """Rows of settings that lose nothing must have what the record has of the network.

    Where hidden units are in another order, losses are sums in another order, and may differ. A
    network whose weights come from a seed stores none, and its file has those that it is made of.
    """
    settings = [setting for _ in job.budgets for _, _, setting in job.settings()]
    kept = pd.Series([lossless(setting) for setting in settings], dtype=bool)
    stored = kept & pd.Series([setting.order == "stored" for setting in settings], dtype=bool)
    counted = kept & (rows["weights"] > 0).to_numpy()
    compared = [*((name, name, kept) for name in ERRORS), *((n, n, stored) for n in LOSSES),
                ("weights", "nonzero_weights", counted)]  # fmt: skip
    for column, of_record, chosen in compared:
        ours, theirs = frame[column].to_numpy()[chosen], rows[of_record].to_numpy()[chosen]
        if not ((ours == theirs) | ((ours != ours) & (theirs != theirs))).all():
            yield f"column {column} of a codec without loss is not the record's"
