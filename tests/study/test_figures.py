"""Figures in a config: options that their files do not have are refused by the plan."""

import importlib
import inspect

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.base.paths import PACKAGE
from brainside.cli.main import main
from brainside.study import study
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
