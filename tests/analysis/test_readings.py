"""What figures and numbers read: also of a study of which nothing was trained."""

from pathlib import Path

import pytest

from brainside.analysis import coding_tables
from brainside.analysis.readings import EMPTY
from brainside.cli.main import main


def test_tables_that_are_not_made_have_the_columns_of_those_that_are(project):
    project.config["codings"] = {
        "codecs": {"raw": {"positions": "list"}},
        "networks": [{"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/4"],
                      "seeds": [0]}],
    }  # fmt: skip
    whole = project.load()
    for path, text in coding_tables.files(whole).items():
        assert text.splitlines()[0].split(",") == EMPTY[path.stem]


@pytest.mark.parametrize("coded", [False, True])
def test_a_study_without_any_record_has_tables_and_numbers_that_say_so(project, coded):
    project.config["codings"] = {
        "codecs": {"raw": {"positions": "list"}},
        "networks": [{"tasks": ["digits/mlp100"], "methods": ["magnitude"], "budgets": ["1/4"],
                      "seeds": [0]}],
    }  # fmt: skip
    project.write()
    for command in ("tabulate", *(["tabulate_codings"] if coded else []), "claims", "numbers"):
        main([command, "config/quick"])
    numbers = Path("paper/generated/quick/numbers.tex").read_text(encoding="utf-8")
    assert r"\defresult{study/records}{0}" in numbers


def test_numbers_without_tables_are_refused_with_the_command_that_makes_them(project, capsys):
    project.write()
    with pytest.raises(SystemExit) as end:
        main(["numbers", "config/quick"])
    assert end.value.code == 2
    said = "results/tables/quick/summary.csv is missing; `brainside tabulate config/quick` makes it"
    assert capsys.readouterr().err == f"brainside numbers: {said}\n"
