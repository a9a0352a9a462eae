"""Rate against distortion: the best points of a codec, and two codecs at equal validation error."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brainside.statistics import interval

# Above the validation error of the network before it is coded, fractions of the images.
EXCESSES = (0.0, 0.001, 0.002, 0.005, 0.01)
COLUMNS = ["excess", "n", "seeds", "bytes", "against_bytes", "ratio", "ratio_low", "ratio_high",
           "test_error", "against_test_error"]  # fmt: skip


def front(points: pd.DataFrame, rate: str = "bytes") -> pd.DataFrame:
    """The points that no other is as small as and as good on validation, smallest first."""
    ordered = points.sort_values([rate, "valid_error"], kind="stable")
    best = ordered["valid_error"].cummin().shift(fill_value=np.inf)
    return ordered[ordered["valid_error"] < best]


def at(points: pd.DataFrame, error: float) -> tuple[float, float]:
    """Bytes and test error of a codec where its validation error is `error`, between two points.

    Interpolated linearly in the error, bytes by their logarithm. NaN where the codec's points are
    all on one side: nothing is extrapolated.
    """
    best = front(points)
    errors = best["valid_error"].to_numpy()[::-1]  # ascending
    if not len(errors) or not errors[0] <= error <= errors[-1]:
        return np.nan, np.nan
    size = np.interp(error, errors, np.log(best["bytes"].to_numpy(float)[::-1]))
    return float(np.exp(size)), float(np.interp(error, errors, best["test_error"].to_numpy()[::-1]))


def compared(
    rows: pd.DataFrame, codecs: Sequence[str], uncoded: pd.Series
) -> Iterator[dict[str, Any]]:
    """One codec against another on one network: a row for each excess of the validation error.

    `rows` are a row a seed, codec and setting, `uncoded` the validation error by seed. Each seed is
    interpolated by itself; the ratio is the geometric mean over those where both codecs have points
    on both sides, with its 95 % interval.
    """
    seeds = sorted(set(rows["seed"]))
    for excess in EXCESSES:
        found = np.array(
            [
                [at(rows[(rows["seed"] == s) & (rows["codec"] == c)], uncoded[s] + excess)
                 for c in codecs]
                for s in seeds
            ]
        )  # fmt: skip
        both = found[np.isfinite(found).all((1, 2))]  # (seeds, codecs, bytes and test error)
        yield {"excess": excess, "n": len(both), "seeds": len(seeds), **_means(both)}


def _means(found: np.ndarray) -> dict[str, float]:
    if not len(found):
        return dict.fromkeys(COLUMNS[3:], np.nan)
    ratio = interval(np.log(found[:, 0, 0] / found[:, 1, 0]))
    values = [*found[..., 0].mean(0), *np.exp([ratio.mean, ratio.low, ratio.high]),
              *found[..., 1].mean(0)]  # fmt: skip
    return dict(zip(COLUMNS[3:], map(float, values), strict=True))
