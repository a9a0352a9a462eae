"""Rate against distortion: the best points of a codec, and two codecs at equal validation error."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from brainside.analysis.statistics import interval

# Above the validation error of the network before it is coded, fractions of the images.
EXCESSES = (0.0, 0.001, 0.002, 0.005, 0.01)
COLUMNS = ["excess", "n", "seeds", "bytes", "against_bytes", "ratio", "ratio_low", "ratio_high",
           "test_error", "against_test_error"]  # fmt: skip


def front(points: pd.DataFrame, rate: str = "bytes") -> pd.DataFrame:
    """The Pareto front: points of which no other is as small and as good on validation images.

    Smallest first; `rate` is the column of the size.
    """
    ordered = points.sort_values([rate, "valid_error"], kind="stable")
    best = ordered["valid_error"].cummin().shift(fill_value=np.inf)
    return ordered[ordered["valid_error"] < best]


def at(points: pd.DataFrame, error: float) -> tuple[float, float]:
    """Bytes and test error of a codec where its validation error is `error`, between two points.

    Interpolated linearly in the error, bytes by their logarithm. NaN if the codec's points are all
    on one side: nothing is extrapolated.
    """
    best = front(points)
    errors = best["valid_error"].to_numpy()[::-1]  # ascending
    if not len(errors) or not errors[0] <= error <= errors[-1]:
        return np.nan, np.nan
    size = np.interp(error, errors, np.log(best["bytes"].to_numpy(float)[::-1]))
    return float(np.exp(size)), float(np.interp(error, errors, best["test_error"].to_numpy()[::-1]))


def at_bytes(sizes: np.ndarray, errors: np.ndarray, size: float) -> np.ndarray:
    """Errors (seeds,) of files of a number of bytes, from ascending (points,) and (points, seeds).

    Interpolated linearly in the logarithm of the bytes. With more bytes than the largest file has,
    that one is taken; NaN with fewer than the smallest has: nothing is extrapolated.
    """
    if not len(sizes) or size < sizes[0]:
        return np.full(errors.shape[1], np.nan)
    at = np.log(size), np.log(sizes)
    return np.array([np.interp(*at, of_seed) for of_seed in errors.T])


def compared(
    rows: pd.DataFrame, codecs: Sequence[str], uncoded: pd.Series
) -> Iterator[dict[str, Any]]:
    """One codec against another on one network: one row per excess of the validation error.

    `rows` has one row per seed, codec and setting; `uncoded` is the validation error by seed.
    Errors are compared with the uncoded network of the seed, and averaged over seeds before
    anything is interpolated: within one seed, a few images decide what is best. The interval is
    the jackknife's; `n` is 0 if a codec has no points on both sides.
    """
    seeds = sorted(set(rows["seed"]))
    above = rows.assign(valid_error=rows["valid_error"] - rows["seed"].map(uncoded))
    subsets = [seeds, *([s for s in seeds if s != out] for out in seeds if len(seeds) > 1)]
    curves = [
        [
            means(above[above["codec"] == codec], "setting", subset, ("valid_error", "test_error"))
            for codec in codecs
        ]
        for subset in subsets
    ]
    for excess in EXCESSES:
        points = np.array([[at(curve, excess) for curve in pair] for pair in curves])
        reached = len(seeds) if np.isfinite(points[0]).all() else 0
        yield {"excess": excess, "n": reached, "seeds": len(seeds), **_ratio(points)}


def means(
    files: pd.DataFrame, by: str | list[str], seeds: Sequence[int], errors: Sequence[str]
) -> pd.DataFrame:
    """Means over seeds of bytes (geometric) and of columns of errors, by some columns.

    `files` has one row per coded file; groups without a file of each of `seeds` are left out.
    """
    of_seeds = files[files["seed"].isin(seeds)]
    groups = of_seeds.assign(bytes=np.log(of_seeds["bytes"].astype(float))).groupby(by)
    points = groups[["bytes", *errors]].mean()[groups.size() == len(seeds)]
    return points.assign(bytes=np.exp(points["bytes"]))


def _ratio(points: np.ndarray) -> dict[str, float]:
    """Bytes, their ratio and test errors, from (all and leaving out one seed, codecs, 2)."""
    (ours, error), (theirs, other) = points[0]
    logs = np.log(points[:, 0, 0] / points[:, 1, 0])
    half, n = np.nan, len(logs) - 1
    if n > 1:
        pseudo = interval(n * logs[0] - (n - 1) * logs[1:])
        half = (pseudo.high - pseudo.low) / 2
    ends = np.exp(logs[0] + np.array([0, -half, half]))
    values = [ours, theirs, *ends, error, other] if np.isfinite(points[0]).all() else [np.nan] * 7
    # The last digits of a logarithm depend on a processor's instructions, and the table must not.
    return dict(zip(COLUMNS[3:], (float(f"{value:.12g}") for value in values), strict=True))
