"""The two phases of the study: which methods are the field's own, and which the algorithms'."""

import pytest
from helpers.configs import write_study
from helpers.project import QUICK, ROOT, small

from brainside.base.errors import Refused
from brainside.base.keys import canonical
from brainside.study import study
from brainside.study.configs import read_study
from brainside.study.phases import grids, phases

PAPER = study.load(ROOT / "config/paper")


SECOND = ("rateaware.sweep", "cohen2003hubs.sweep", "cohen2003hubs.monarch",
          "ramanujan2020popup.sweep")  # fmt: skip


def test_the_second_phase_has_the_algorithms_communitys_methods_with_their_controls():
    found, methods = phases(PAPER), PAPER.config["methods"]
    for name, phase in found.items():
        function, scored = methods[name]["function"], methods[name].get("params", {}).get("score")
        spectral = function == "spielman2008spectral.sweep" and scored != "conductance"
        assert phase == ("second" if spectral or function in SECOND else "first"), name
    baselines = ("magnitude-l2", "units", "units-wide", "denil-36-epochs", "hubs-low-rank",
                 "spectral-magnitude", "spectral-magnitude-deletion")  # fmt: skip
    assert {found[name] for name in baselines} == {"first"}


def test_an_arm_and_its_wider_search_are_in_one_phase():
    """Arms of one function with the same arguments differ in what they are searched over."""
    arms: dict[tuple[str, str], set[str]] = {}
    found, methods = phases(PAPER), PAPER.config["methods"]
    for name, phase in found.items():
        arm = methods[name]["function"], canonical(methods[name].get("params", {}))
        arms.setdefault(arm, set()).add(phase)
    assert all(len(of_arm) == 1 for of_arm in arms.values())
    wider = [name for name in found if name.endswith("-wide")]
    assert len(wider) > 8
    for name in wider:
        narrow = name.removesuffix("-wide")
        assert found[name] == found.get(narrow, found.get(f"{narrow}-l2"))


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
    config["methods"]["hubs"] = {**first, "phase": "second"}
    config["methods"]["idea"] = {**first, "title": "idea", "beside": "hubs"}
    write_study(tmp_path / "s", config)
    assert phases(study.load(tmp_path / "s"))["idea"] == "second"


def test_an_unknown_phase_is_refused(tmp_path):
    config = small(QUICK)
    config["methods"]["hubs"]["phase"] = "third"
    write_study(tmp_path / "s", config)
    with pytest.raises(Refused, match=r"\.yaml:\d+: .*phase"):
        read_study(tmp_path / "s")
