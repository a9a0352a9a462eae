"""Rate and distortion: fronts, interpolation, and ratios that are known beforehand."""

import numpy as np
import pandas as pd
import pytest

from brainside.analysis import coding_tables, rate_distortion
from brainside.analysis.missing import Missing
from brainside.analysis.statistics import interval


def points(sizes, errors, tests=None) -> pd.DataFrame:
    tests = errors if tests is None else tests
    return pd.DataFrame({"bytes": sizes, "valid_error": errors, "test_error": tests})


def test_the_front_has_the_points_that_no_other_beats():
    generator = np.random.default_rng(0)
    cloud = points(generator.integers(1, 50, 200), generator.integers(1, 50, 200) / 100)
    best = rate_distortion.front(cloud)
    for row in cloud.itertuples():
        beaten = (best["bytes"] <= row.bytes) & (best["valid_error"] <= row.valid_error)
        assert beaten.any()
    for row in best.itertuples():
        others = cloud[(cloud["bytes"] < row.bytes) | (cloud["valid_error"] < row.valid_error)]
        both = (others["bytes"] <= row.bytes) & (others["valid_error"] <= row.valid_error)
        assert not both.any()
    assert best["bytes"].is_monotonic_increasing and best["bytes"].is_unique


def test_a_point_of_the_front_is_met_and_between_two_it_lies_between():
    curve = points([100, 200, 400], [0.03, 0.02, 0.01], [0.3, 0.2, 0.1])
    assert rate_distortion.at(curve, 0.02) == pytest.approx((200, 0.2))
    assert rate_distortion.at(curve, 0.015) == pytest.approx((np.sqrt(200 * 400), 0.15))
    for outside in (0.009, 0.031):  # nothing is extrapolated
        assert np.isnan(rate_distortion.at(curve, outside)).all()
    assert np.isnan(rate_distortion.at(curve[:0], 0.02)).all()


def rows(factors: list[float]) -> pd.DataFrame:
    """Codec a at a factor times the bytes of codec b, a factor a seed; errors are those of b."""
    found = []
    for seed, factor in enumerate(factors):
        for codec, times in (("a", factor), ("b", 1.0)):
            for step in range(9):
                error = 0.01 + 0.002 * seed - 0.0005 + 0.0015 * step
                size = times * (2.0 + seed) * 1000 * 0.8**step
                found.append({"seed": seed, "codec": codec, "setting": f"step={step}",
                              "bytes": size, "valid_error": error,
                              "test_error": error + 0.001})  # fmt: skip
    return pd.DataFrame(found)


UNCODED = pd.Series({seed: 0.01 + 0.002 * seed for seed in range(4)})


def test_the_ratio_at_equal_error_is_that_of_the_curves():
    found = list(rate_distortion.compared(rows([0.7] * 4), ("a", "b"), UNCODED))
    assert [row["excess"] for row in found] == list(rate_distortion.EXCESSES)
    for row in found:
        assert row["n"] == row["seeds"] == 4
        assert [row[f"ratio{end}"] for end in ("", "_low", "_high")] == pytest.approx([0.7] * 3)
        assert row["test_error"] == pytest.approx(UNCODED.mean() + row["excess"] + 0.001)


def test_the_interval_is_students_over_seeds_where_seeds_differ_by_factors():
    factors = [0.6, 0.7, 0.75, 0.8]
    row = next(rate_distortion.compared(rows(factors), ("a", "b"), UNCODED))
    expected = interval(np.log(factors))
    ends = np.exp([expected.mean, expected.low, expected.high])
    assert [row["ratio"], row["ratio_low"], row["ratio_high"]] == pytest.approx(list(ends))


def test_one_seed_has_no_interval_and_what_is_out_of_reach_is_not_compared():
    one = next(rate_distortion.compared(rows([0.7]), ("a", "b"), UNCODED))
    assert one["ratio"] == pytest.approx(0.7) and np.isnan(one["ratio_low"])
    far = next(rate_distortion.compared(rows([0.7] * 4), ("a", "b"), UNCODED - 0.1))
    assert far["n"] == 0 and np.isnan(far["ratio"]) and np.isnan(far["bytes"])


def test_settings_that_lack_a_seed_are_no_points():
    whole = rows([0.7] * 4)
    lucky = whole[(whole["codec"] == "a") & (whole["seed"] == 0)].assign(
        setting="lucky", bytes=1.0, valid_error=0.0
    )
    for row in rate_distortion.compared(pd.concat([whole, lucky]), ("a", "b"), UNCODED):
        assert row["ratio"] == pytest.approx(0.7)


def test_the_smallest_within_the_limit_is_taken_by_validation_errors_alone():
    cells = points([100, 200, 300], [0.03, 0.02, 0.01], [0.0, 0.9, 0.0])
    assert coding_tables.smallest(cells, 0.025)["bytes"] == 200  # whatever its test error
    assert coding_tables.smallest(cells, 0.5)["bytes"] == 100
    assert coding_tables.smallest(cells, 0.001)["bytes"] == 300  # the best, where none keeps within
    with pytest.raises(Missing):
        coding_tables.smallest(cells[:0], 0.5)
