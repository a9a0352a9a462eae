"""Cheap rules are rebuilt when the code that they run changes, and only then."""

from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.base.paths import PACKAGE
from brainside.study.sources import sources

SHARED = ("__init__", "selection")
FIGURES = sorted(
    path.stem for path in (PACKAGE / "report/figures").glob("*.py") if path.stem not in SHARED
)
CHEAP = ["cli.tabulate", "cli.numbers", *(f"report.figures.{name}" for name in FIGURES)]
TRAINING = ("training", "jobs", "methods", "networks", "representations", "coding/codec.py",
            "data/datasets.py", "data/preparation.py")  # fmt: skip


def names(module: str) -> set[str]:
    return {str(Path(path).resolve().relative_to(PACKAGE)) for path in sources(module)}


@pytest.mark.parametrize(("module", "within"), [
    ("cli.numbers", {"cli/numbers.py", "report/tex/numbers.py", "analysis/readings.py",
                     "analysis/tables.py", "archive/records.py", "analysis/statistics.py",
                     "study/study.py", "base/keys.py", "base/errors.py"}),
    ("cli.tabulate", {"cli/tabulate.py", "analysis/tables.py", "archive/records.py",
                      "analysis/statistics.py"}),
    ("report.figures.error_by_budget", {"report/figures/error_by_budget.py",
                                        "report/figures/shared/style.py", "analysis/readings.py"}),
    ("jobs.sweep", {"jobs/sweep.py", "training/evaluation.py", "data/datasets.py",
                    "representations/checkpoint.py", "base/keys.py"}),
])  # fmt: skip
def test_the_modules_that_a_module_imports_are_found_through_all_steps(module, within):
    assert within <= names(module)


@pytest.mark.parametrize("module", CHEAP)
def test_what_is_drawn_or_tabulated_does_not_depend_on_the_code_that_trains(module):
    assert len(names(module)) > 5
    # What specs say, for report and config.
    light = {f"networks/{each}.py" for each in ("titles", "ends", "weights")}
    assert not [name for name in names(module) - light if name.startswith(TRAINING)]


def test_every_figure_of_the_package_is_looked_at():
    assert len(FIGURES) > 15


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_does_not_depend_on_another_figure_or_on_the_numbers(figure):
    others = {f"report/figures/{name}.py" for name in FIGURES if name != figure}
    found = names(f"report.figures.{figure}")
    assert f"report/figures/{figure}.py" in found
    assert not found & {*others, "report/tex/numbers.py", "cli/numbers.py"}


def test_paths_are_relative_to_the_working_directory_sorted_and_there(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = sources("cli.numbers")
    assert found == sorted(found)
    assert all(path.startswith("src/brainside/") and Path(path).exists() for path in found)


def test_a_module_that_is_not_there_has_no_sources():
    assert sources("report.figures.error_by_luck") == []
