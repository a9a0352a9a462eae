"""Papers' tables beside ours: right cells, marked as sure as they are, and the same in figures."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.project import ROOT

from brainside.analysis import readings
from brainside.analysis.evidence import Evidence
from brainside.analysis.published import read_published
from brainside.analysis.statistics import Interval
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.report.figures import published_errors, published_layers, selection
from brainside.report.tex import numbers, published
from brainside.study import study


@pytest.fixture(scope="module")
def paper():
    """The paper study as it is committed, with its tables; records may be absent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        whole = study.load("config/paper")
        yield whole, readings.read(whole)


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def cells(text: str) -> list[list[str]]:
    """The rows of a LaTeX table, without rules."""
    lines = [line for line in text.splitlines() if line.endswith(r"\\") and " & " in line]
    return [[cell.strip() for cell in line.removesuffix(r"\\").split(" & ")] for line in lines]


def test_every_number_that_a_table_names_is_defined(paper):
    whole, given = paper
    defined = set(numbers.definitions(whole, given))
    for text in published.tables(whole).values():
        named = re.findall(r"\\result\{(.*?)\}", text)
        assert named and set(named) <= defined


def test_values_from_memory_all_look_so_and_confirmed_ones_do_not(paper):
    whole, _ = paper
    known, made = read_published("paper"), published.tables(whole)
    for name, entry in known["errors"].items():
        assert entry["confidence"] == "unconfirmed" and "from memory" in made[name]
        values = [
            v for t, each in entry["rows"].items() if t in whole.config["tasks"] for v in each
        ]
        shown = re.findall(r"\\unconfirmed\{([\d.]+)\}", made[name])
        assert shown == [f"{value:.2f}" for value in values]
        bare = re.sub(r"\\unconfirmed\{.*?\}|\\result\{.*?\}|records [0-9a-f]{12}", "", made[name])
        assert not any(f"{value:.2f}" in bare for value in values)
    for name, entry in known["layers"].items():
        assert entry["confidence"] == "confirmed" and "unconfirmed" not in made[name]


def test_a_cell_stands_below_its_method_and_its_papers_value_below_it(paper):
    whole, _ = paper
    entry = read_published("paper")["errors"]["hashednets_table_2"]
    table = cells(published.tables(whole)["hashednets_table_2"])
    head, *body = table
    column = head.index(whole.config["methods"]["hashednet"]["title"])
    place = next(n for n, row in enumerate(body) if row[0] == r"\texttt{rot/mlp1000}")
    assert body[place][column] == r"\result{rot/mlp1000/hashednet/0.01562/test-error}"
    value = entry["rows"]["rot/mlp1000"][entry["methods"].index("hashednet")]
    assert body[place + 2][column] == rf"\unconfirmed{{{value:.2f}}}"


def test_an_order_is_said_where_the_interval_decides_it_and_set_beside_the_papers():
    """Of three made-up differences one is above zero, one below, one neither."""

    class Given:
        def difference(self, task, method, against, budgets):
            assert (against, budgets) == ("ours", [0.5])
            if method == "lost":
                raise LookupError
            low, high = {"worse": (0.1, 0.2), "better": (-0.2, -0.1), "alike": (-0.1, 0.1)}[method]
            return Interval((low + high) / 2, low, high, 0.1, 3)

    methods = ["worse", "better", "alike", "lost", "ours"]
    entry = {"methods": methods, "against": "ours", "budget": 0.5, "confidence": "unconfirmed",
             "rows": {"a/b": [2.0, 2.0, 0.5, 2.0, 1.0], "c/d": []}}  # fmt: skip
    found = published.orders(entry, Given())
    pairs = [found["a/b", method] for method in methods[:-1]]
    assert pairs == [("+", "+"), ("-", "+"), ("±", "-"), ("", "+")]
    assert {m: found["c/d", m][1] for m in methods[:-1]} == dict.fromkeys(methods[:-1], "")
    counted = dict(published.order_results("table", entry, Given()))
    assert counted == {"table/orders/same": "1", "table/orders/opposite": "1",
                       "table/orders/open": "1", "table/orders/all": "3"}  # fmt: skip


def test_the_orders_of_a_table_stand_below_its_methods(paper):
    whole, _ = paper
    entry = read_published("paper")["errors"]["hashednets_table_2"]
    head, *body = cells(published.tables(whole)["hashednets_table_2"])
    place = next(n for n, row in enumerate(body) if row[0] == r"\texttt{rot/mlp1000}")
    order = published.orders(entry, Evidence(whole))
    for column, method in enumerate(entry["methods"], 2):
        cell = body[place + 3][column]
        if method == entry["against"]:
            assert cell == ""
        else:
            here, theirs = order["rot/mlp1000", method]
            assert (here, theirs) == ("+" if method != "hashednet-dk" else "-",) * 2
            assert cell == rf"${here}$ \unconfirmed{{${theirs}$}}"


def layers_of(entry, kept: dict[str, list[int]]) -> pd.DataFrame:
    found = [
        {"kind": "layers", "task": entry["task"], "method": entry["method"], "seed": seed,
         "budget": entry["budget"], "layer": layer, "weights": 100, "kept": count,
         "multiply_adds": 1000, "kept_multiply_adds": 10 * count}
        for layer, counts in kept.items() for seed, count in enumerate(counts)
    ]  # fmt: skip
    return pd.DataFrame(found)


def test_shares_by_layer_are_means_over_seeds_and_the_total_is_of_the_sums():
    entry = read_published("paper")["layers"]["han_table_2"]
    drawn = layers_of(entry, {"1.weight": [10, 20], "3.weight": [30, 30], "5.weight": [80, 40]})
    other = drawn.assign(budget=0.5, kept=99)
    found = dict(published.layer_results(entry, pd.concat([drawn, other]), "absent"))
    place = "mnist/lenet300/han/0.08333/layer"
    assert found[f"{place}/1.weight/weights-kept"] == "15.0"
    assert found[f"{place}/3.weight/weights-kept/interval"] == "30.0--30.0"
    assert found[f"{place}/total/weights"] == "300"
    assert found[f"{place}/total/weights-kept"] == f"{100 * np.mean([120, 90]) / 300:.1f}"
    one = layers_of(entry, {"1.weight": [10], "3.weight": [30], "5.weight": [80]})
    single = dict(published.layer_results(entry, one, "absent"))
    assert single[f"{place}/1.weight/weights-kept/interval"] == "absent"
    none = dict(published.layer_results(entry, drawn[:0], "absent"))
    assert set(none) == set(found) and set(none.values()) == {"absent"}


def test_figures_mark_the_papers_values_as_what_they_are(paper):
    whole, _ = paper
    given = selection.of_figure(whole, "hashednets_tables")
    drawn = published_errors.draw(given, ["hashednets_table_1", "hashednets_table_2"])
    legend = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert sum("values (unconfirmed)" in text for text in legend) == 1
    entry = read_published("paper")["errors"]["hashednets_table_1"]
    grey = [line for line in drawn.axes[0].lines if line.get_markeredgecolor() == "#808080"]
    points = sorted(y for line in grey for y in line.get_ydata())
    there = [v for t, each in entry["rows"].items() if t in given.titles for v in each]
    assert points == pytest.approx(sorted(there))
    given = selection.of_figure(whole, "han_layers")
    legend = published_layers.draw(given, ["han_table_2"]).legends[0].get_texts()
    assert sum("paper (confirmed)" in text.get_text() for text in legend) == 2


def test_another_study_has_none_and_a_value_of_unknown_standing_is_refused(tmp_path):
    assert read_published("quick") == {"layers": {}, "errors": {}, "sizes": {}}
    config = yaml.safe_load((ROOT / "config/published.yaml").read_text())
    config["errors"]["hashednets_table_1"]["confidence"] = "probably"
    path = tmp_path / "published.yaml"
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(Refused, match="confidence"):
        read_valid(path, "published")
