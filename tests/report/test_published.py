"""The papers' tables as data: orders, shares by layer, and what a value may be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.project import ROOT

from brainside.analysis.missing import Missing
from brainside.analysis.published import orders, read_published
from brainside.analysis.statistics import Interval
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.report.number import Number
from brainside.report.tex import published
from brainside.report.tex.latex import ABSENT

LAYERS = {
    "task": "mnist/lenet300", "method": "han", "budget": 1 / 12, "confidence": "confirmed",
    "rows": {name: {} for name in ("1.weight", "3.weight", "5.weight", "total")},
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


class Evidence:
    """Differences of four methods from a fifth: above zero, below, neither, and not known."""

    ENDS = {"worse": (0.1, 0.2), "better": (-0.2, -0.1), "alike": (-0.1, 0.1)}

    def difference(self, task, method, against, budgets):
        assert (against, budgets) == ("ours", [0.5])
        if method not in self.ENDS:
            raise Missing
        low, high = self.ENDS[method]
        return Interval((low + high) / 2, low, high, 0.1, 3)


def texts(numbers: list[Number]) -> dict[str, str]:
    return {number.address: number.text for number in numbers}


def test_an_order_is_said_where_the_interval_decides_it_and_set_beside_the_papers():
    methods = ["worse", "better", "alike", "lost", "ours"]
    entry = {"methods": methods, "against": "ours", "budget": 0.5, "confidence": "unconfirmed",
             "rows": {"a/b": [2.0, 2.0, 0.5, 2.0, 1.0], "c/d": []}}  # fmt: skip
    signs = orders(entry, Evidence())
    pairs = [signs["a/b", method] for method in methods[:-1]]
    assert pairs == [("+", "+"), ("-", "+"), ("±", "-"), ("", "+")]
    assert {m: signs["c/d", m][1] for m in methods[:-1]} == dict.fromkeys(methods[:-1], "")
    numbers = list(published.order_numbers("table", entry, Evidence()))
    assert texts(numbers) == {"table/orders/same": "1", "table/orders/opposite": "1",
                              "table/orders/open": "1", "table/orders/all": "3"}  # fmt: skip
    assert {number.origin.entry for number in numbers} == {"table"}


def layers_of(kept: dict[str, list[int]]) -> pd.DataFrame:
    return pd.DataFrame([
        {"kind": "layers", "task": LAYERS["task"], "method": LAYERS["method"], "seed": seed,
         "budget": LAYERS["budget"], "layer": layer, "weights": 100, "kept": count,
         "multiply_adds": 1000, "kept_multiply_adds": 10 * count}
        for layer, counts in kept.items() for seed, count in enumerate(counts)
    ])  # fmt: skip


def test_shares_by_layer_are_means_over_seeds_and_the_total_is_of_the_sums():
    def of(drawn: pd.DataFrame) -> dict[str, str]:
        return texts(list(published.layer_numbers("table", LAYERS, drawn)))

    drawn = layers_of({"1.weight": [10, 20], "3.weight": [30, 30], "5.weight": [80, 40]})
    other = drawn.assign(budget=0.5, kept=99)
    shares = of(pd.concat([drawn, other]))
    place = "mnist/lenet300/han/0.0833333/layer"
    assert shares[f"{place}/1.weight/weights-kept"] == "15.0"
    assert shares[f"{place}/3.weight/weights-kept/interval"] == "30.0--30.0"
    assert shares[f"{place}/total/weights"] == "300"
    assert shares[f"{place}/total/weights-kept"] == f"{100 * np.mean([120, 90]) / 300:.1f}"
    single = of(layers_of({"1.weight": [10], "3.weight": [30], "5.weight": [80]}))
    assert single[f"{place}/1.weight/weights-kept/interval"] == ABSENT
    none = of(drawn[:0])
    assert set(none) == set(shares) and set(none.values()) == {ABSENT}


def test_another_study_has_none_and_a_value_of_unknown_standing_is_refused(tmp_path):
    assert read_published("quick") == {"layers": {}, "errors": {}, "sizes": {}}
    config = yaml.safe_load(Path("config/published.yaml").read_text(encoding="utf-8"))
    config["errors"]["hashednets_table_1"]["confidence"] = "probably"
    path = tmp_path / "published.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.raises(Refused, match="confidence"):
        read_valid(path, "published")
