"""Searches that end at an edge of their range: which are flagged, and where."""

import json
from pathlib import Path

import pytest

from brainside.archive.edges import edges, summary
from brainside.cli.main import main

RANGE = {"log_uniform": [0.01, 1.0]}  # a tenth of it: to 0.0158, and from 0.631


@pytest.fixture
def search(project):
    """A search of two settings at two budgets, one of them from a list."""
    space = {"learning_rate": RANGE, "momentum": {"choice": [0.1, 0.9]}}
    project.config["methods"]["small-dense"]["search"] = space
    project.config["tuning"] |= {"trials": 3, "budgets": ["1/2", "1/8"]}
    return project.sweep("small-dense").search


def finish(search, half: float, eighth: float) -> None:
    chosen = {"0.5": half, "0.125": eighth}
    best = {budget: {"learning_rate": rate, "momentum": 0.1} for budget, rate in chosen.items()}
    search.path.parent.mkdir(parents=True, exist_ok=True)
    search.path.write_text(
        json.dumps({"spec": search.spec, "best": best, "trials": []}), encoding="utf-8"
    )


@pytest.mark.parametrize(("rate", "end"), [
    (0.01, "lower"), (0.0157, "lower"), (0.0160, None), (0.1, None), (0.62, None), (0.64, "upper"),
    (1.0, "upper"),
])  # fmt: skip
def test_the_outermost_tenths_of_the_range_are_its_ends(search, rate, end):
    finish(search, rate, 0.1)
    found = [(edge.budget, edge.setting, edge.value, edge.end) for edge in edges([search])]
    assert found == ([(0.5, "learning_rate", rate, end)] if end else [])


def test_what_is_not_done_has_no_ends(search):
    assert edges([search]) == [] and list(summary([search])) == []


def test_the_summary_counts_searches_and_choices(search):
    finish(search, 0.9, 0.95)
    first, *lines = summary([search])
    assert first.startswith("1 of 1 searches")
    assert lines == ["  small-dense: learning_rate at the upper end, 2 of 2"]


def test_the_plan_says_so(search, capsys):
    main(["plan", "config/quick"])
    assert "outermost" not in capsys.readouterr().out
    finish(search, 0.9, 0.1)
    main(["plan", str(Path("config/quick"))])
    assert "small-dense: learning_rate at the upper end, 1 of 2" in capsys.readouterr().out
