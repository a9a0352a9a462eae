"""Names and numbers that pandas or TeX take for something else."""

import re
from pathlib import Path

import pandas as pd
import pytest
from helpers.project import regenerate
from matplotlib.text import Text

from brainside.base.errors import Refused
from brainside.report.figures import selection
from brainside.report.figures.error_by_budget import draw
from brainside.report.figures.shared import style


def named(project, name: str):
    """The study with magnitude pruning by another name only, of one seed, run."""
    methods = project.config["methods"]
    methods[name] = {**methods.pop("magnitude"), "title": f"called {name}"}
    project.config["experiments"][0]["methods"] = [name]
    project.config["figures"] = {
        "error_by_budget": {**project.config["figures"]["error_by_budget"], "methods": [name]}
    }
    project.run(name)
    whole = project.load()
    regenerate(whole)
    return whole


@pytest.fixture
def null(project):
    return named(project, "null")


def test_a_method_may_be_called_null_in_tables_texts_and_figures(null):
    summary = pd.read_csv("results/tables/quick/summary.csv", keep_default_na=False)
    assert "null" in set(summary["method"])
    numbers = Path("paper/generated/quick/numbers.tex").read_text(encoding="utf-8")
    assert r"\defresult{digits/mlp100/null/0.25/test-error}" in numbers
    drawn = draw(selection.of_figure(null, "error_by_budget"))
    labels = [text.get_text() for legend in drawn.legends for text in legend.get_texts()]
    assert any("called null" in label and "absent" not in label for label in labels), labels


def test_of_one_seed_no_number_and_no_figure_says_nan(null):
    for path in Path("paper/generated/quick").glob("*.tex"):
        assert not re.search(r"\b(nan|inf)\b", path.read_text(encoding="utf-8")), path
    drawn = draw(selection.of_figure(null, "error_by_budget"))
    style.save(drawn, Path("figure.pdf"))
    assert not any("nan" in text.get_text() for text in drawn.findobj(Text))


def test_a_method_cannot_be_called_as_an_absent_number_is_written(project):
    project.config["methods"]["nan"] = project.config["methods"]["magnitude"]
    with pytest.raises(Refused, match="han2015magnitude.yaml:.*'nan' is not a name here"):
        project.load()


def test_budgets_alike_in_four_digits_have_numbers_and_rows_of_their_own(project):
    project.run("small-dense", budgets=[0.25, 0.250002])
    regenerate(project.load())
    numbers = Path("paper/generated/quick/numbers.tex").read_text(encoding="utf-8")
    table = Path("paper/generated/quick/table_digits_mlp100.tex").read_text(encoding="utf-8")
    for budget, label in ((0.25, "& 1/4 &"), (0.250002, "& 0.250002 &")):
        assert f"digits/mlp100/small-dense/{budget}/test-error}}" in numbers
        assert label in table
