"""The two phases of the study: which methods are the field's own, and which the algorithms'."""

import pytest
from helpers.configs import write_study
from helpers.project import QUICK, ROOT, small

from brainside.base.errors import Refused
from brainside.study import study
from brainside.study.configs import read_study
from brainside.study.phases import grids, phases

PAPER = study.load(ROOT / "config/paper")


def test_what_an_earlier_experiment_has_stays_in_its_phase():
    found = phases(PAPER)
    assert found["magnitude-l2"] == found["magnitude-dozen"] == "first"  # baselines of E8, too
    assert found["hubs"] == found["spectral-leverage"] == found["popup"] == "second"


def test_every_method_of_an_entry_has_a_phase():
    entries = PAPER.config["experiments"]
    assert phases(PAPER).keys() == {method for entry in entries for method in entry["methods"]}
    assert set(phases(PAPER).values()) == {"first", "second"}


def test_methods_are_in_the_table_of_errors_that_their_first_experiment_names():
    found = grids(PAPER)
    assert found.keys() == phases(PAPER).keys()
    assert found["magnitude-l2"] == "" and found["snip"] == "later" and found["hubs"] == "graphs"


def test_a_study_that_names_no_phase_is_all_of_the_first(whole):
    assert set(phases(whole).values()) == {"first"}


def test_a_method_beside_another_is_of_its_phase(tmp_path):
    config = small(QUICK)
    first = config["methods"]["hubs"]
    config["methods"]["idea"] = {**first, "title": "idea", "beside": "hubs"}
    write_study(tmp_path / "s", config)
    path = tmp_path / "s/experiments/all.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "phase: second\n", encoding="utf-8")
    assert phases(study.load(tmp_path / "s"))["idea"] == "second"


def test_an_unknown_phase_is_refused(tmp_path):
    write_study(tmp_path / "s", small(QUICK))
    path = tmp_path / "s/experiments/all.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "phase: third\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"all.yaml:\d+: phase"):
        read_study(tmp_path / "s")
