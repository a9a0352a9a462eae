"""Figures in a config: options that their files do not have are refused by the plan."""

import importlib
import inspect
import re

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.cli.main import main
from brainside.report.figures import curves
from brainside.report.figures.shared import names
from brainside.study import options, study
from brainside.study.figures import _options, check

CURVES = {"draw": "curves", "caption": "Curves.", "tasks": ["digits/mlp100"]}


@pytest.mark.parametrize(("options", "said"), [
    ({"columns": ["test_error"], "scale": "logarithmic"}, ".scale: 'logarithmic' is not allowed; "
     "it is Literal['log', 'linear', 'decibel']"),
    ({"columns": ["test_error"], "against": "delete"}, ".against: 'delete' is not allowed"),
    ({"columns": "test_error"}, ".columns: 'test_error' is not allowed; it is list["),
    ({"columns": ["test_error"], "labels": "x"}, ".labels: curves has no such option; known: "
     "columns, label, scale, against"),
    ({}, "options: curves needs the option 'columns'"),
    ({"columns": ["train_los"]}, ".columns: 'train_los' is not a column that curves can be of; "
      "known: test_error, "),
    ({"columns": ["test_error", ["train_loss", "test_los"]]}, ".columns: 'test_los' is not a col"),
    ({"columns": [3]}, ".columns: 3 is not a column"),
    ({"columns": ["test_error"], "minus": "magnitud"}, ".minus: 'magnitud' is not a method of the "
     "figure; known: "),
])  # fmt: skip
def test_options_that_do_not_fit_are_refused_by_plan_in_one_line(project, capsys, options, said):
    project.config["figures"] = {"mine": {**CURVES, "options": options}}
    project.write()
    with pytest.raises(SystemExit):
        main(["plan", "config/quick"])
    text = capsys.readouterr().err
    assert text.startswith("brainside plan: config/quick/experiments/all.yaml:")
    assert text.count("\n") == 1 and f"mine.options{said.removeprefix('options')}" in text


def test_options_that_fit_are_not_refused(project):
    options = {"columns": ["test_error"], "scale": "decibel", "label": "x", "against": "parameters"}
    project.config["figures"] = {"mine": {**CURVES, "options": options}}
    check(project.load())


# By file that draws: right options, then wrong ones with what is said of them.
NAMES = {
    "error_by_budget": ({"against": "magnitude"}, [
        ({"against": "magnitud"}, "against: 'magnitud' is not a method of the figure; known: "),
        ({"against": "supernet"}, "against: 'supernet' is not a method of the figure"),
    ]),
    "differences_by_budget": ({"against": "reference"}, [
        ({"against": 1}, "against: 1 is not a method of the figure")]),
    "error_by_size": ({"single": ["obd"]}, [
        ({"single": ["obd", "nothing"]}, "single: 'nothing' is not a method"),
        ({"single": "obd"}, "single: 'obd' is not allowed"),
    ]),
    "conditions": ({"baselines": ["reference", "reference"]}, [
        ({"baselines": ["referense"]}, "baselines: 'referense' is not a method")]),
    "expanded": ({"factors": {"obd": 1, "magnitude": 2.5}}, [
        ({"factors": {"odb": 1}}, "factors: 'odb' is not a method"),
        ({"factors": {"obd": "two"}}, "factors: 'two' is not allowed; it is float"),
        ({"factors": {"obd": True}}, "factors: True is not allowed; it is float"),
    ]),
    "weight_histograms": ({"layers": ["1.weight", "3.weight"]}, [
        ({"layers": ["9.weight"]}, "layers: '9.weight' is not a layer of the figure's networks; "
         "known: 1.weight, 3.weight")]),
    "connections": ({"budgets": ["1/4", 0.0625, 1]}, [
        ({"budgets": ["1/4", "1/17"]}, "budgets: '1/17' is not a budget of what the figure shows; "
         "known: 1, 0.25, 0.0625"),
        ({"budgets": ["a quarter"]}, "budgets: 'a quarter' is not a budget"),
        ({"budgets": [[1]]}, "budgets: [1] is not a budget"),
    ]),
    "error_by_bits": ({"raw": "mine"}, [({"raw": "row"}, "raw: 'row' is not a codec of the s")]),
    "published_errors": ({"entries": []}, [
        ({"entries": ["table_1"]}, "entries: 'table_1' is not a table of errors")]),
    "proxy": ({"between": [0.1, 0.2]}, [
        ({"between": wrong}, "is not a range; write the smaller number first")
        for wrong in ([0.2, 0.1], [0.1], [0.1, 0.2, 0.3], ["0", "1"], 0.5)]),
}  # fmt: skip


@pytest.mark.parametrize("draw", NAMES)
def test_an_option_names_what_the_figure_has(project, draw):
    right, wrong = NAMES[draw]
    (project.path.parent / "published.yaml").write_text(PUBLISHED, encoding="utf-8")
    figure = {"draw": draw, "caption": "A figure.", "tasks": ["digits/mlp100"]}
    coded = {"tasks": ["digits/mlp100"], "methods": ["obd"], "budgets": ["1/4"], "seeds": [0]}
    project.config["codings"] = {"codecs": {"mine": {}}, "networks": [coded]}
    project.config["figures"] = {"mine": {**figure, "options": right}}
    check(project.load())
    for given, said in wrong:
        project.config["figures"]["mine"]["options"] = given
        with pytest.raises(Refused) as refused:
            check(project.load())
        assert re.match(r"config/quick/.*all\.yaml:\d+: figures\.mine\.op", str(refused.value))
        assert said in str(refused.value) and "\n" not in str(refused.value)


PUBLISHED = "{study: quick, layers: {}, errors: {}, sizes: {}}"


def test_a_figure_with_plot_data_can_name_their_budgets_only(project):
    entry = {"draw": "connections", "caption": "Connections.", "tasks": ["digits/mlp100"],
             "methods": ["magnitude"], "options": {"budgets": ["1/16"]},
             "plotdata": {"kind": "inputs", "budgets": ["1/4"], "seeds": [0]}}  # fmt: skip
    project.config["figures"] = {"mine": entry}
    with pytest.raises(Refused, match="'1/16' is not a budget of what the figure shows; .*0.25$"):
        check(project.load())


@pytest.mark.parametrize(("field", "wrong", "said"), [
    ("budgets", ["1/4", "1/17"], "no sweep of the figure has budget 1/17; take it out"),
    ("seeds", [0, 7], "no sweep of the figure has seed 7; take it out"),
])  # fmt: skip
def test_plot_data_of_no_sweep_are_refused(project, field, wrong, said):
    figure = project.config["figures"]["weights"]
    project.config["figures"] = {"mine": figure}
    figure["plotdata"] |= {"budgets": ["1/4"], "seeds": [0]}
    check(project.load())
    figure["plotdata"][field] = wrong
    with pytest.raises(Refused, match=rf"all\.yaml:\d+: figures.mine.plotdata.{field}: {said}"):
        check(project.load())


def test_the_command_that_draws_refuses_what_the_plan_refuses(project, capsys):
    options = {"columns": ["test_error"], "scale": "decibels"}
    project.config["figures"] = {"mine": {**CURVES, "options": options}}
    project.write()
    with pytest.raises(SystemExit):
        main(["figure", "config/quick", "mine"])
    assert ".scale: 'decibels' is not allowed" in capsys.readouterr().err


def test_every_alias_of_a_name_is_looked_up():
    aliases = [name for name in vars(names) if name[0].isupper()]
    assert {*aliases} == {*options.NAMED, "Range"}


def test_every_column_that_a_curve_can_be_of_is_one_of_the_records():
    with (ROOT / "results/tables/paper/rows.csv").open(encoding="utf-8") as table:
        assert curves.LABELS.keys() <= {*table.readline().strip().split(",")}


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("report/figures/[a-z]*.py")))
def test_options_are_those_of_the_function(path):
    module = importlib.import_module(f"brainside.report.figures.{path.stem}")
    if hasattr(module, "draw"):
        parameters = [*inspect.signature(module.draw).parameters.values()][1:]
        assert {n: needed for n, (_, needed) in _options(path).items()} == {
            p.name: p.default is p.empty for p in parameters
        }


@pytest.mark.parametrize("name", ["quick", "paper"])
def test_figures_of_the_studies_have_options_that_fit(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    check(study.load(f"config/{name}"))


def test_a_refusal_names_the_figure(project):
    project.config["figures"] = {"mine": {**CURVES, "options": {}}}
    with pytest.raises(Refused, match=r"all\.yaml:\d+: figures\.mine"):
        check(project.load())
