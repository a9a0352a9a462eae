"""Verdicts: from numbers made to be clear, to be the opposite, or to say nothing."""

import math
from collections.abc import Sequence
from types import SimpleNamespace

import hypothesis
import numpy as np
import pandas as pd
import pytest
from helpers.project import ROOT
from hypothesis import strategies as st

from brainside.analysis import claims, rate_distortion
from brainside.analysis.evidence import Evidence
from brainside.analysis.missing import Missing
from brainside.base.errors import Refused
from brainside.study import study
from brainside.study.claims import read

TASK = "mnist/mlp"
OTHER = "rot/mlp"
BUDGETS = [1 / 8, 1 / 64]
FOUR = [1 / 8, 1 / 16, 1 / 32, 1 / 64]


def evidence(
    errors: dict[str, float],
    *,
    seeds: int = 5,
    images: int = 4000,
    budgets: Sequence[float] = BUDGETS,
    **columns,
) -> Evidence:
    """Records of methods with given errors, independent between methods, seeds and images."""
    generator = np.random.default_rng(0)
    sweeps, mistakes, rows = [], {}, []
    for method, error in errors.items():
        for seed in range(seeds):
            at = [1.0] if method == "reference" else budgets
            sweeps.append(SimpleNamespace(task=TASK, method=method, seed=seed, budgets=at))
            wrong = {b: generator.random(images) < error for b in at}
            mistakes |= {(TASK, method, seed, b): of_budget for b, of_budget in wrong.items()}
            rows += [{"task": TASK, "method": method, "seed": seed, "budget": b,
                      "test_error": wrong[b].mean(),
                      **{name: values[seed] for name, values in columns.items()}}
                     for b in at]  # fmt: skip
    study = SimpleNamespace(sweeps=sweeps, config={"tasks": {TASK: {"margin": 0.002}}}, name="x")
    made = Evidence(study)
    made.mistakes, made.rows = mistakes, pd.DataFrame(rows)
    return made


def afresh(found: Evidence) -> Evidence:
    """The same evidence, whose frames have changed since a check has read them."""
    made = Evidence(found.study)
    for name in ("mistakes", "rows", "codings"):
        if name in vars(found):
            setattr(made, name, getattr(found, name))
    return made


def judge(check: str, found: Evidence, **arguments) -> dict:
    given = {"tasks": [TASK], "budgets": ["1/8", "1/64"], **arguments}
    claim = {"id": "x", "value": "", "confidence": "unknown", "checks": [{"check": check, **given}]}
    return claims.judge(claim, found)


def verdict(check: str, found: Evidence, **arguments) -> str:
    return judge(check, found, **arguments)["verdict"]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [(0.02, 0.05, "reproduced"), (0.05, 0.02, "not reproduced"), (0.05, 0.0505, "undecided")],
)
def test_less_error(ours, theirs, expected):
    found = evidence({"a": ours, "b": theirs})
    assert verdict("less_error", found, method="a", against="b") == expected


def test_a_gain_below_the_margin_for_certain_is_refuted_and_not_left_undecided():
    found = evidence({"a": 0.0002, "b": 0.0002}, images=60_000)
    assert verdict("less_error", found, method="a", against="b") == "not reproduced"


@pytest.mark.parametrize(
    ("ours", "expected"),
    [(0.019, "reproduced"), (0.04, "not reproduced"), (0.0215, "undecided")],
)
def test_no_more_error_than_the_reference(ours, expected):
    found = evidence({"reference": 0.02, "a": ours}, images=10_000)
    assert verdict("no_more_error", found, method="a") == expected


@pytest.mark.parametrize(
    ("ours", "expected", "words"),
    [(0.0209, "reproduced", "; errs more, by less than the margin"),
     (0.0220, "undecided", "; errs more, perhaps by less than the margin"),
     (0.0300, "not reproduced", "margin 0.2")],
)  # fmt: skip
def test_more_error_that_the_margin_may_allow_is_said(ours, expected, words):
    found = evidence({"reference": 0.02, "a": ours}, images=400_000)
    judged = judge("no_more_error", found, method="a")
    assert judged["verdict"] == expected and judged["ours"].endswith(words)


def test_a_gain_below_the_margin_is_said():
    found = evidence({"a": 0.02, "b": 0.0209}, images=400_000)
    judged = judge("less_error", found, method="a", against="b")
    assert judged["verdict"] == "reproduced"
    assert judged["ours"].endswith("; errs less, by less than the margin")


def of_two(first: Evidence, second: Evidence) -> Evidence:
    """The records of one task beside those of another, as if these were of OTHER."""
    sweeps = [
        SimpleNamespace(task=OTHER, method=s.method, seed=s.seed, budgets=s.budgets)
        for s in second.study.sweeps
    ]
    first.study.sweeps.extend(sweeps)
    first.study.config["tasks"][OTHER] = {"margin": 0.005}
    first.mistakes |= {(OTHER, *rest): w for (_, *rest), w in second.mistakes.items()}
    return first


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [((0.02, 0.05), (0.3, 0.4), "reproduced"), ((0.05, 0.02), (0.4, 0.3), "not reproduced"),
     ((0.02, 0.05), (0.4, 0.3), "mixed"), ((0.05, 0.02), (0.3, 0.6), "mixed"),
     ((0.02, 0.05), (0.4, 0.4), "undecided")],
)  # fmt: skip
def test_each_of_several_tasks_is_judged(here, there, expected):
    found = of_two(*(evidence(dict(zip("ab", errors, strict=True))) for errors in (here, there)))
    given = {"tasks": [TASK, OTHER], "method": "a", "against": "b"}
    judged = judge("less_error", found, **given)
    assert judged["verdict"] == expected
    assert "minus b: mnist " in judged["ours"] and ", rot " in judged["ours"]
    assert "below on" in judged["ours"] and "above on" in judged["ours"]
    if expected == "mixed":
        assert judge("no_more_error", found, **given)["verdict"] == "mixed"


def test_a_list_of_methods_has_one_for_each_task():
    here = evidence({"a": 0.02, "b": 0.05, "c": 0.05})
    there = evidence({"a": 0.4, "b": 0.3, "c": 0.2})
    found = of_two(here, there)
    both = {"tasks": [TASK, OTHER], "against": "b"}
    judged = judge("less_error", found, method=["a", "c"], **both)
    assert judged["verdict"] == "reproduced" and judged["ours"].startswith("a or c minus b: ")
    assert verdict("less_error", found, method=["c", "a"], **both) == "not reproduced"
    assert verdict("no_more_error", found, method=["a", "c"], **both) == "reproduced"
    with pytest.raises(Refused, match="one for each task"):
        verdict("less_error", found, method=["a"], **both)


def test_several_tasks_have_their_own_margins_in_the_words():
    found = of_two(*(evidence({"reference": 0.05, "a": 0.05}, images=60_000) for _ in range(2)))
    judged = judge("no_more_error", found, tasks=[TASK, OTHER], method="a")
    assert judged["verdict"] == "reproduced"
    assert "margins 0.2, 0.5; within them on 2, beyond on 0 of 2 tasks" in judged["ours"]


def test_a_paper_with_many_claims_needs_more_for_each_of_them():
    rows = [{"verdict": "reproduced", "alone": "reproduced", "p": 0.03, "p_holm": 0.03},
            {"verdict": "not reproduced", "alone": "not reproduced", "p": 0.001, "p_holm": 0.001},
            {"verdict": "pending", "alone": "pending", "p": math.nan, "p_holm": math.nan},
            {"verdict": "undecided", "alone": "undecided", "p": 0.4, "p_holm": 0.4}]  # fmt: skip
    found = claims.corrected(rows)
    assert [row["verdict"] for row in found] == [
        "undecided", "not reproduced", "pending", "undecided"]  # fmt: skip
    assert [row["alone"] for row in found] == [row["alone"] for row in rows]
    assert [row["p_holm"] for row in found][:2] == pytest.approx([0.09, 0.004])
    assert claims.corrected(rows[:1])[0]["verdict"] == "reproduced"


@hypothesis.given(
    st.lists(st.floats(0, 1), min_size=1, max_size=5), st.lists(st.floats(0, 1), max_size=5)
)
def test_records_of_pending_claims_only_make_the_verdicts_of_others_more_certain(known, later):
    row = {"verdict": "reproduced", "alone": "reproduced"}
    pending = {"verdict": "pending", "alone": "pending", "p": math.nan, "p_holm": math.nan}
    before = claims.corrected([{**row, "p": p} for p in known] + [pending for _ in later])
    after = claims.corrected([{**row, "p": p} for p in (*known, *later)])
    for now, then in zip(before[: len(known)], after, strict=False):
        assert then["p_holm"] <= now["p_holm"]


def test_methods_with_unequally_many_seeds_are_compared_on_those_of_both():
    found = evidence({"a": 0.02, "b": 0.05})
    found.study.sweeps[:] = [s for s in found.study.sweeps if s.method == "a" or s.seed < 3]
    kept = {place: w for place, w in found.mistakes.items() if place[1] == "a" or place[2] < 3}
    found.mistakes = kept
    assert found.difference(TASK, "a", "b", BUDGETS).n == 3
    assert verdict("less_error", found, method="a", against="b") == "reproduced"
    for budget in BUDGETS:  # one that the config wants, and that is not there yet
        del kept[TASK, "b", 2, budget]
    assert verdict("less_error", found, method="a", against="b") == "pending"


def test_one_seed_gives_no_verdict():
    found = evidence({"reference": 0.5, "a": 0.01}, seeds=1)
    for check, more in [("no_more_error", {}), ("less_error", {"against": "reference"}),
                        ("error_at_most", {"error": 0.1})]:  # fmt: skip
        assert verdict(check, found, method="a", **more) == "undecided"


@pytest.mark.parametrize(
    ("error", "expected"), [(0.1, "reproduced"), (0.01, "not reproduced"), (0.05, "undecided")]
)
def test_error_at_most(error, expected):
    assert verdict("error_at_most", evidence({"a": 0.05}), method="a", error=error) == expected


@pytest.mark.parametrize(
    ("ratio", "inside", "outside"),
    [(1.1, "reproduced", "not reproduced"), (5, "not reproduced", "reproduced"),
     (2, "undecided", "undecided")],
)  # fmt: skip
def test_columns_agree_within_a_factor(ratio, inside, outside):
    actual = np.array([1.0, 1.1, 0.9, 1.05, 0.95])
    noise = np.array([1.2, 0.8, 1.1, 1, 0.95])
    found = evidence({"a": 0.1}, predicted=ratio * actual * noise, actual=actual)
    columns = {"method": "a", "column": "predicted", "with_column": "actual", "factor": 2}
    assert verdict("agree", found, **columns) == inside
    assert verdict("agree", found, **columns, opposite=True) == outside


def test_columns_agree_by_their_ratio_whatever_their_size():
    found = evidence({"a": 0.1}, predicted=[10.0, 20, 30, 40, 50], actual=[11.0, 19, 31, 39, 52])
    columns = {"method": "a", "column": "predicted", "with_column": "actual", "factor": 2}
    assert verdict("agree", found, **columns) == "reproduced"


def test_a_column_that_is_less():
    found = evidence({"a": 0.1, "b": 0.1}, loss=[1.0, 2, 3, 4, 5])
    rows = found.rows
    rows.loc[rows["method"] == "b", "loss"] *= [2.1, 2.0, 1.9, 2.0, 2.2] * 2
    assert verdict("less", found, method="a", against="b", column="loss") == "reproduced"
    assert verdict("less", found, method="b", against="a", column="loss") == "not reproduced"


def test_a_quotient_of_columns_that_is_less():
    found = evidence({"a": 0.1, "b": 0.1}, high=[2.0, 4, 6, 8, 10], low=[1.0, 2, 3, 4, 5])
    rows, noise = found.rows, [2.1, 2.0, 1.9, 2.0, 2.2] * 2
    rows.loc[rows["method"] == "b", "low"] /= noise
    given = {"column": "high", "over": "low"}
    assert verdict("less", found, method="a", against="b", **given) == "reproduced"
    assert verdict("less", found, method="b", against="a", **given) == "not reproduced"
    rows.loc[rows["method"] == "b", "high"] /= np.array(noise) * np.tile(
        [1.1, 0.9, 1.2, 0.8, 1.0], 2
    )
    assert verdict("less", afresh(found), method="a", against="b", **given) == "undecided"


def test_a_column_that_is_less_on_some_seeds_and_more_on_others_is_open():
    found = evidence({"a": 0.1, "b": 0.1}, loss=[1.0, 2, 3, 4, 5])
    rows = found.rows
    rows.loc[rows["method"] == "b", "loss"] *= [2.0, 0.5, 1.0, 0.8, 1.3] * 2
    assert verdict("less", found, method="a", against="b", column="loss") == "undecided"


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [((0.0, 0.1), "reproduced"), ((0.1, 0.0), "not reproduced"), ((0.05, 0.052), "undecided")],
)
def test_the_smaller_of_two_gaps(gaps, expected):
    ours, theirs = gaps
    found = evidence({"a": 0.1 + ours, "base": 0.1, "b": 0.2 + theirs, "other": 0.2})
    pairs = {"method": "a", "against": "base", "other": "b", "other_against": "other"}
    assert verdict("smaller_gap", found, **pairs) == expected


def test_the_difference_of_two_gaps_is_paired_by_seed_and_image():
    found = evidence({name: 0.3 for name in "abcd"}, seeds=3, images=50)
    weights = {"a": 1, "b": -1, "c": -1, "d": 1}
    gap = found.contrast(TASK, weights, BUDGETS)
    means = {name: np.mean([found.wrong(TASK, name, b, [0, 1, 2]) for b in BUDGETS])
             for name in weights}  # fmt: skip
    assert gap.mean == pytest.approx(sum(weights[name] * means[name] for name in weights))
    for place, wrong in found.mistakes.items():  # what both have in common says nothing
        found.mistakes[place] = wrong | (np.arange(50) < 5)
    b, d = (found.difference(TASK, one, two, BUDGETS) for one, two in (("a", "b"), ("c", "d")))
    assert found.contrast(TASK, weights, BUDGETS).mean == pytest.approx(b.mean - d.mean)


def test_a_baseline_of_both_gaps_cancels():
    found = evidence({"a": 0.1, "b": 0.2, "base": 0.4})
    pairs = {"method": "a", "against": "base", "other": "b", "other_against": "base"}
    judged = judge("smaller_gap", found, **pairs)
    gap = found.difference(TASK, "a", "b", BUDGETS)
    assert judged["verdict"] == "reproduced"
    assert (judged["low"], judged["high"]) == pytest.approx((gap.low, gap.high))


@pytest.mark.parametrize(
    ("later", "expected"),
    [([0.5, 0.6, 0.4, 0.5, 0.55], "reproduced"), ([2.0, 2.2, 1.8, 2.1, 1.9], "not reproduced"),
     ([0.5, 2.0, 1.0, 0.7, 1.5], "undecided")],
)  # fmt: skip
def test_a_quotient_that_falls(later, expected):
    found = evidence({"a": 0.1}, predicted=[3.0, 1.0, 2.0, 0.5, 4.0], actual=[3.0, 1, 2, 0.5, 4])
    at_last = found.rows["budget"] == BUDGETS[1]
    found.rows.loc[at_last, "predicted"] *= later
    columns = {"method": "a", "column": "predicted", "over": "actual"}
    assert verdict("falls", found, **columns) == expected


def test_a_quotient_falls_from_one_budget_to_another():
    found = evidence({"a": 0.1}, predicted=[1.0] * 5, actual=[1.0] * 5)
    columns = {"method": "a", "column": "predicted", "over": "actual", "budgets": ["1/8"]}
    with pytest.raises(Refused, match="two budgets"):
        verdict("falls", found, **columns)


def test_an_error_is_judged_for_other_images_too():
    found = evidence({"a": 0.05}, images=400)
    for place in found.mistakes:  # every seed errs on the same images
        found.mistakes[place] = np.arange(400) < 20
    judged = judge("error_at_most", found, method="a", error=0.06)
    assert judged["verdict"] == "undecided"  # 5 % of 400 images is no better known than by 2 points


def test_the_arm_that_is_judged_is_said():
    claim = {"id": "x", "value": "", "confidence": "unknown", "arm": "ten columns, as in the code",
             "checks": [{"check": "less_error", "tasks": [TASK], "method": "a", "against": "b",
                         "budgets": ["1/8"]}]}  # fmt: skip
    judged = claims.judge(claim, evidence({"a": 0.02, "b": 0.05}))
    assert judged["explanation"] == "Judged with ten columns, as in the code."


def test_a_budget_that_another_entry_adds_has_its_own_seeds():
    found = evidence({"a": 0.02, "b": 0.05})
    more = [SimpleNamespace(task=TASK, method="a", seed=seed, budgets=[1 / 2]) for seed in (7, 8)]
    found.study.sweeps.extend(more)
    assert found.seeds(TASK, "a", [1 / 2]) == [7, 8]
    assert found.seeds(TASK, "a", BUDGETS) == [0, 1, 2, 3, 4]
    for budgets in ([1 / 2, 1 / 8], [1 / 4]):
        with pytest.raises(Missing, match="budgets"):
            found.seeds(TASK, "a", budgets)
    with pytest.raises(Missing):
        found.common_seeds(TASK, ["a", "b"], [1 / 2])


def test_a_column_is_compared_on_the_seeds_of_both():
    found = evidence({"a": 0.1, "b": 0.1}, loss=[1.0, 2, 3, 4, 5])
    found.study.sweeps[:] = [s for s in found.study.sweeps if s.method == "a" or s.seed > 1]
    rows = found.rows
    found.rows = rows[(rows["method"] == "a") | (rows["seed"] > 1)].copy()
    found.rows.loc[found.rows["method"] == "b", "loss"] *= [2.1, 2.0, 1.9] * 2
    judged = claims.judge({"id": "x", "value": "", "confidence": "unknown", "checks": [
        {"check": "less", "tasks": [TASK], "budgets": ["1/8", "1/64"], "method": "a",
         "against": "b", "column": "loss"}]}, found)  # fmt: skip
    assert judged["n"] == 3 and judged["verdict"] == "reproduced"


def sized(
    sizes: dict[str, float], errors: dict[str, tuple[float, float]], seeds=5, images=4000
) -> Evidence:
    """Codings of method a at 1/8, by setting: bytes, and errors on validation and test images."""
    found = evidence({"a": 0.1}, valid_error=[0.0] * 5, images=images)
    spread = np.array([-2, -1, 0, 1, 2])
    found.codings = pd.DataFrame([
        {"task": TASK, "method": "a", "budget": 1 / 8, "codec": "c", "setting": setting,
         "seed": seed, "bytes": size + spread[seed],
         "valid_error": errors[setting][0] + 1e-4 * spread[seed],
         "test_error": errors[setting][1] + 1e-4 * spread[seed]}
        for setting, size in sizes.items() for seed in range(seeds)
    ])  # fmt: skip
    return found


def test_the_limit_on_validation_is_the_uncoded_networks_error_where_that_is_larger():
    found = sized({"small": 50, "large": 100}, {"small": (0.03, 0.01), "large": (0.02, 0.01)})
    found.rows["valid_error"] = 0.035
    assert fits(found, bytes=70, error=0.015) == "reproduced"
    found.rows["valid_error"] = 0.025
    assert fits(afresh(found), bytes=70, error=0.015) == "not reproduced"


def fits(found: Evidence, **limits) -> str:
    given = {"method": "a", "budgets": ["1/8"], "codecs": ["c"], **limits}
    return verdict("bytes_at_most", found, **given)


@pytest.mark.parametrize(
    ("size", "error", "expected"),
    [(110, 0.02, "reproduced"), (90, 0.02, "not reproduced"), (100, 0.02, "undecided"),
     (110, 0.001, "not reproduced")],
)  # fmt: skip
def test_bytes_at_most(size, error, expected):
    found = sized({"x": 100}, {"x": (0.015, 0.015)})
    assert fits(found, bytes=size, error=error) == expected


def test_the_limit_of_bytes_has_the_margin_of_its_task_and_the_sampling_of_images():
    within = {"bytes": 110, "error": 0.02}
    assert fits(sized({"x": 100}, {"x": (0.015, 0.0214)}, images=400_000), **within) == "reproduced"
    assert fits(sized({"x": 100}, {"x": (0.015, 0.0214)}, images=400), **within) == "undecided"


def positions(sizes: dict[tuple[str, str], float], noise=(0, 1, -1, 2, -2)) -> Evidence:
    """Codings of methods a and b at 1/8: bytes of positions by method and codec."""
    found = evidence({"a": 0.1, "b": 0.1})
    found.codings = pd.DataFrame([
        {"task": TASK, "method": method, "budget": 1 / 8, "codec": codec, "setting": setting,
         "seed": seed, "position_bytes": scale * size + 0.01 * noise[seed] * (codec == "c")}
        for (method, codec), size in sizes.items()
        for setting, scale in (("good", 1), ("bad", 3)) for seed in range(5)
    ])  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("ratio", "factor", "expected"),
    [(0.9, 1, "reproduced"), (1.1, 1, "not reproduced"), (1.0, 1, "undecided"),
     (1.1, 1.2, "reproduced"), (0.97, 0.95, "not reproduced")],
)  # fmt: skip
def test_fewer_bits_in_the_best_settings(ratio, factor, expected):
    given = {"method": "a", "codecs": ["c"], "against_codecs": ["d"], "budgets": ["1/8"],
             "factor": factor}  # fmt: skip
    same = positions({("a", "c"): 100 * ratio, ("a", "d"): 100})
    other = positions({("a", "c"): 100 * ratio, ("b", "d"): 100})
    assert verdict("fewer_bits", same, against="a", **given) == expected
    assert verdict("fewer_bits", other, against="b", **given) == expected
    missing = positions({("a", "c"): 1})
    assert verdict("fewer_bits", missing, against="b", **given) == "pending"


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0.9, "reproduced"), (1.02, "not reproduced"), (0.95, "undecided")]
)
def test_fewer_bits_than_density_in_the_best_setting(ratio, expected):
    found = positions({("a", "c"): 100 * ratio})
    found.codings["density_bound_bytes"] = 100.0
    given = {"method": "a", "codecs": ["c"], "budgets": ["1/8"], "factor": 0.95}
    assert verdict("fewer_bits_than_density", found, **given) == expected
    other = given | {"codecs": ["d"]}
    assert verdict("fewer_bits_than_density", found, **other) == "pending"


def labelled(per_edge: dict[float, float], seeds=(0, 1, 2)) -> Evidence:
    """Labels of method a's graphs of 1,000 edges: entries per edge by budget, noise by seed."""
    found = evidence({"a": 0.1})
    kept = {"task": TASK, "method": "a", "kind": "labels", "edges": 1000}
    found.plotdata = pd.DataFrame([
        {**kept, "budget": budget, "seed": seed, "order": order, "entries": entries}
        for budget, ratio in per_edge.items() for seed in seeds
        for order, entries in (("degree", 1000 * ratio + seed), ("random", 9000))
    ] + [{**kept, "kind": "inputs", "budget": 1 / 8, "seed": 0, "order": None}])  # fmt: skip
    found.to_plot = {("labels", TASK, "a", budget): [0, 1, 2] for budget in per_edge}
    return found


@pytest.mark.parametrize(
    ("per_edge", "expected"),
    [({1 / 8: 1.5}, "reproduced"),
     ({1 / 8: 2.5}, "not reproduced"),
     ({1 / 8: 0.5}, "not reproduced"),
     ({1 / 8: 1.999}, "undecided"),
     ({1 / 8: 1.2, 1 / 64: 1.6}, "reproduced"),
     ({1 / 8: 1.2, 1 / 64: 2.6}, "not reproduced"),
     ({1 / 8: 1.2, 1 / 64: 1.999}, "undecided"),
     ({1 / 64: 1.5}, "pending")],
)  # fmt: skip
def test_labels_per_edge_lie_between_two_numbers(per_edge, expected):
    budgets = [{1 / 8: "1/8", 1 / 64: "1/64"}[b] for b in {**{1 / 8: 0}, **per_edge}]
    given = {"method": "a", "budgets": budgets, "order": "degree", "least": 1, "most": 2}
    assert verdict("labels_per_edge", labelled(per_edge), **given) == expected


def test_labels_that_not_all_seeds_have_are_pending_and_an_unknown_order_is_refused():
    given = {"method": "a", "budgets": ["1/8"], "order": "degree", "least": 1, "most": 2}
    some, all_of_them = labelled({1 / 8: 1.5}, seeds=(0, 2)), labelled({1 / 8: 1.5})
    assert verdict("labels_per_edge", some, **given) == "pending"
    with pytest.raises(Refused, match="no order 'degre'"):
        verdict("labels_per_edge", all_of_them, **{**given, "order": "degre"})


def test_a_column_that_the_records_do_not_have_is_refused_and_not_pending():
    found = evidence({"a": 0.1, "b": 0.1}, train_loss=np.arange(5) / 10 + 0.1)
    given = {"method": "a", "against": "b"}
    assert verdict("less", found, column="train_loss", **given) != "pending"
    with pytest.raises(Refused, match="a column 'train_los'"):
        verdict("less", found, column="train_los", **given)


def lossy(curves: dict[str, dict[int, float]]) -> Evidence:
    """Codings of method a at 1/8, whose loss was 0.2: by codec, loss by bytes of values."""
    found = evidence({"a": 0.1})
    found.rows["valid_loss"] = 0.2
    found.codings = pd.DataFrame([
        {"task": TASK, "method": "a", "budget": 1 / 8, "codec": codec, "setting": str(size),
         "seed": seed, "value_bytes": size * (1 + 0.001 * seed), "valid_loss": loss}
        for codec, curve in curves.items() for size, loss in curve.items() for seed in range(5)
    ])  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("rise", "factor", "expected"),
    [(0.05, 0.8, "reproduced"),  # 300 over 400
     (0.05, 0.7, "not reproduced"),
     (0.5, 0.5, "not reproduced"),  # 200 over 300
     (0.0, 1.1, "reproduced"),  # 400 over 400
     (-0.1, 1, "pending")],
)  # fmt: skip
def test_fewer_bits_at_loss_in_the_least_setting_that_loses_so_little(rise, factor, expected):
    found = lossy({"c": {200: 0.25, 300: 0.205, 400: 0.2}, "d": {300: 0.25, 400: 0.2, 600: 0.2}})
    given = {"method": "a", "codecs": ["c"], "against_codecs": ["d"], "budgets": ["1/8"]}
    assert verdict("fewer_bits_at_loss", found, rise=rise, factor=factor, **given) == expected


def coded(curves: dict[str, dict[int, float]]) -> Evidence:
    """Codings at 1/8 of methods whose files have an error by their bytes, noise by seed."""
    found, noise = evidence({name: 0.1 for name in curves}), np.array([-2, -1, 0, 1, 2]) * 1e-4
    found.codings = pd.DataFrame([
        {"task": TASK, "method": method, "budget": 1 / 8, "codec": "c", "setting": str(size),
         "seed": seed, "bytes": size, "valid_error": error, "test_error": error + noise[seed]}
        for method, curve in curves.items() for size, error in curve.items() for seed in range(5)
    ])  # fmt: skip
    return found


@pytest.mark.parametrize(("better", "expected"), [(0.05, "reproduced"), (-0.05, "not reproduced")])
def test_less_error_at_equal_bytes(better, expected):
    theirs = {100: 0.2, 1000: 0.1, 10_000: 0.08}
    found = coded({"a": {size: error - better for size, error in theirs.items()}, "b": theirs})
    given = {"method": "a", "against": "b", "codecs": ["c"], "budgets": ["1/8"]}
    assert verdict("less_error_at_bytes", found, sizes=[200, 2000], **given) == expected
    assert verdict("less_error_at_bytes", found, sizes=[50], **given) == "pending"
    same = coded({"a": theirs, "b": theirs})
    found.codings = pd.concat([same.codings[same.codings["method"] == "b"],
                               same.codings[same.codings["method"] == "a"].assign(
        test_error=lambda rows: rows["test_error"] + 0.02 * (rows["seed"] - 2))])  # fmt: skip
    assert verdict("less_error_at_bytes", afresh(found), sizes=[200], **given) == "undecided"


def test_of_the_variants_of_a_method_validation_data_chooses_at_equal_bytes():
    theirs = {100: 0.2, 1000: 0.1, 10_000: 0.08}
    found = coded(
        {
            "a": {100: 0.3, 1000: 0.2, 10_000: 0.18},
            "c": {size: error - 0.05 for size, error in theirs.items()},
            "b": theirs,
        }
    )
    given = {"method": "a", "against": "b", "codecs": ["c"], "budgets": ["1/8"], "sizes": [200]}
    assert verdict("less_error_at_bytes", found, **given) == "not reproduced"
    assert verdict("less_error_at_bytes", found, variants=["c"], **given) == "reproduced"
    assert verdict("less_error_at_bytes", found, variants=["d"], **given) == "not reproduced"


def test_errors_at_equal_bytes_are_those_between_the_best_files():
    sizes, errors = np.array([100.0, 1000]), np.array([[0.3, 0.5], [0.2, 0.1]])
    assert rate_distortion.at_bytes(sizes, errors, 316.227766) == pytest.approx([0.25, 0.3])
    assert rate_distortion.at_bytes(sizes, errors, 5000) == pytest.approx([0.2, 0.1])
    assert np.isnan(rate_distortion.at_bytes(sizes, errors, 99)).all()


def test_what_is_told_at_equal_bytes_is_the_difference_of_the_means():
    curve = {100: 0.2, 900: 0.11, 1000: 0.1}
    found = coded({"a": curve, "b": {100: 0.2, 1000: 0.2}})
    rows = found.codings  # one seed alone would prefer the larger file, and another the smaller
    swayed = (rows["method"] == "a") & (rows["bytes"] == 900) & (rows["seed"] == 0)
    found.codings = rows.assign(valid_error=rows["valid_error"].mask(swayed, 0.0))
    given = {"method": "a", "against": "b", "codecs": ["c"], "budgets": ["1/8"], "sizes": [1000]}
    judged = judge("less_error_at_bytes", found, **given)
    best = 0.11  # validation prefers 900 in the mean, and so for every seed
    assert (judged["low"] + judged["high"]) / 2 == pytest.approx(best - 0.2)


def test_the_setting_is_chosen_by_validation_and_its_test_error_is_judged():
    sizes, within = {"small": 50, "large": 100}, {"bytes": 110, "error": 0.02}
    tempting = {"small": (0.03, 0.01), "large": (0.015, 0.03)}  # the small one is better on test
    assert fits(sized(sizes, tempting), **within) == "not reproduced"
    assert (
        fits(sized(sizes, {"small": (0.01, 0.01), "large": (0.0, 0.0)}), **within) == "reproduced"
    )
    assert (
        fits(sized(sizes, {"small": (0.05, 0.0), "large": (0.03, 0.01)}), **within) == "reproduced"
    )


def test_settings_that_lack_a_seed_are_no_candidates():
    assert fits(sized({"x": 100}, {"x": (0.01, 0.01)}, seeds=4), bytes=200, error=0.02) == "pending"
    found = sized({"x": 100}, {"x": (0.01, 0.01)})
    assert fits(found, bytes=200, error=0.02, codecs=["other"]) == "pending"


def ranked(order: list[float]) -> Evidence:
    """Five seeds with four networks each, whose second column has an order within the seed."""
    found = evidence({"a": 0.1}, budgets=FOUR)
    found.rows = pd.DataFrame(
        {"task": TASK, "method": "a", "seed": seed, "budget": budget, "x": 100 * seed + step,
         "y": -100 * seed + order[step]}
        for seed in range(5) for step, budget in enumerate(FOUR)
    )  # fmt: skip
    return found


def test_ranks_are_those_within_seeds():
    columns = {"method": "a", "column": "x", "with_column": "y", "at_least": 0.5,
               "budgets": ["1/8", "1/16", "1/32", "1/64"]}  # fmt: skip
    assert verdict("correlated", ranked([1, 2, 3, 4]), **columns) == "reproduced"
    assert verdict("correlated", ranked([4, 3, 2, 1]), **columns) == "not reproduced"
    assert verdict("correlated", ranked([2, 1, 4, 3]), **columns) == "undecided"
    check = {"check": "correlated", "tasks": [TASK], **columns}
    claim = {"id": "x", "value": "", "confidence": "unknown", "checks": [check]}
    judged = claims.judge(claim, ranked([1, 2, 3, 4]))
    assert judged["n"] == 20 and f"on {TASK}" in judged["ours"]


def test_every_check_must_hold_and_one_that_fails_refutes():
    found = evidence({"a": 0.02, "b": 0.05, "c": 0.05})
    holds = {"check": "less_error", "tasks": [TASK], "method": "a", "against": "b",
             "budgets": ["1/8"]}  # fmt: skip
    fails = {**holds, "method": "b", "against": "a"}
    open_ = {**holds, "method": "b", "against": "c"}
    claim = {"id": "x", "value": "", "confidence": "unknown"}
    for checks, expected in [([holds], "reproduced"), ([holds, open_], "undecided"),
                             ([holds, open_, fails], "not reproduced")]:  # fmt: skip
        assert claims.judge({**claim, "checks": checks}, found)["verdict"] == expected
    there = claims.judge({**claim, "checks": [holds], "elsewhere": True}, found)
    assert there["verdict"] == "holds here"


def test_missing_records_give_no_verdict_and_are_named():
    found = evidence({"a": 0.02})
    check = {"check": "less_error", "tasks": [TASK], "budgets": ["1/8"]}
    claim = {"id": "x", "value": "", "confidence": "unknown",
             "checks": [{**check, "method": "a", "against": "nobody"}]}  # fmt: skip
    judged = claims.judge(claim, found)
    assert judged["verdict"] == "pending" and "nobody" in judged["explanation"]


def test_wrong_arguments_are_refused_by_the_claims_name():
    check = {"check": "less_error", "tasks": [TASK], "budgets": ["1/8"], "metod": "a"}
    claim = {"id": "typo", "value": "", "confidence": "unknown", "checks": [check]}
    with pytest.raises(Refused, match="typo"):
        claims.judge(claim, evidence({"a": 0.1}))


def test_the_committed_claims_are_well_formed_and_many(monkeypatch):
    monkeypatch.chdir(ROOT)
    listed = read(study.load("config/paper"))
    assert len(listed) >= 25
    papers = {claim["paper"].split()[0] for claim in listed}
    assert {"Baktash", "Denil", "LeCun", "Han", "Zhu", "Frankle", "Chen", "Yu"} <= papers


def test_what_several_checks_are_about_is_said_once():
    found = evidence({"a": 0.02, "b": 0.05, "c": 0.08})
    pairs = [("b", "1/8"), ("b", "1/64"), ("c", "1/8")]
    of_each = [{"check": "less_error", "tasks": [TASK], "method": "a", "against": other,
                "budgets": [budget]} for other, budget in pairs]  # fmt: skip
    ours = claims.judge(
        {"id": "x", "value": "", "confidence": "unknown", "checks": of_each}, found
    )["ours"]
    assert ours.count("a minus b: ") == 1 and ours.count("a minus c: ") == 1
    first, second, third = (
        judge("less_error", found, method="a", against=other, budgets=[budget])["ours"]
        for other, budget in pairs
    )
    assert ours == f"{first}; {second.removeprefix('a minus b: ')}; {third}"
