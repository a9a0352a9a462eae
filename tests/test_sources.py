"""Cheap rules are rebuilt when the code that they run changes, and only then."""

from pathlib import Path

import pytest
from conftest import ROOT

from brainside.sources import PACKAGE, sources

FIGURES = sorted(path.stem for path in (PACKAGE / "figures").glob("*.py")
                 if path.stem not in ("__init__", "style", "tables"))  # fmt: skip
CHEAP = ["cli.tabulate", "cli.numbers", *(f"figures.{name}" for name in FIGURES)]
TRAINING = {"training.py", "tuning.py", "runs.py", "networks.py", "task.py", "methods/pruning.py",
            "methods/__init__.py", "data/__init__.py", "data/preparation.py"}  # fmt: skip


def names(module: str) -> set[str]:
    return {str(Path(path).resolve().relative_to(PACKAGE)) for path in sources(module)}


@pytest.mark.parametrize(("module", "within"), [
    ("cli.numbers", {"cli/numbers.py", "numbers.py", "figures/tables.py", "tables.py", "records.py",
                     "statistics.py", "study.py", "keys.py", "errors.py"}),
    ("cli.tabulate", {"cli/tabulate.py", "tables.py", "records.py", "statistics.py"}),
    ("figures.error_by_budget", {"figures/error_by_budget.py", "figures/style.py",
                                 "figures/tables.py"}),
    ("runs", {"runs.py", "training.py", "data/__init__.py", "coding/container.py", "keys.py"}),
])  # fmt: skip
def test_the_modules_that_a_module_imports_are_found_through_all_steps(module, within):
    assert within <= names(module)


@pytest.mark.parametrize("module", CHEAP)
def test_what_is_drawn_or_tabulated_does_not_depend_on_the_code_that_trains(module):
    assert not names(module) & TRAINING


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_does_not_depend_on_another_figure_or_on_the_numbers(figure):
    others = {f"figures/{name}.py" for name in FIGURES if name != figure}
    assert not names(f"figures.{figure}") & {*others, "numbers.py", "cli/numbers.py"}


def test_paths_are_relative_to_the_working_directory_sorted_and_there(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = sources("cli.numbers")
    assert found == sorted(found)
    assert all(path.startswith("src/brainside/") and Path(path).exists() for path in found)


def test_a_module_that_is_not_there_has_no_sources():
    assert sources("figures.error_by_luck") == []
