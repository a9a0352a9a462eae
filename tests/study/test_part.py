"""A job expands the part of its study that it needs; what it finds there is what the whole has."""

import copy

import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.study import expansion, study
from brainside.study.configs import read_study
from brainside.study.expansion import Part
from brainside.study.study import Study, of_config
from brainside.study.sweeps import Sweep


@pytest.fixture(params=["paper", "quick"])
def whole(request, monkeypatch) -> Study:
    monkeypatch.chdir(ROOT)
    return study.load(f"config/{request.param}")


def test_every_sweep_is_in_its_part_with_the_same_key_and_the_same_inputs(whole):
    parts: dict[Part, Study] = {}
    for sweep in whole.everything:
        part = Part(sweep.task, sweep.seed)
        if part not in parts:
            parts[part] = of_config(whole.config, whole.path, part)
        asked = sweep.task, sweep.method, sweep.seed
        found = parts[part].find_all(*asked)
        assert list(map(described, found)) == list(map(described, whole.find_all(*asked)))
        assert started_by(parts[part], sweep) == started_by(whole, sweep)
        assert len(parts[part].sweeps) < len(whole.sweeps)


def described(sweep: Sweep) -> tuple:
    return sweep.path, sweep.spec, sweep.inputs()


def started_by(of: Study, sweep: Sweep) -> list:
    """The sweeps that start from a sweep: their targets are looked at before it is trained."""
    return [s.path for s in of.sweeps if s.start and s.start.path == sweep.path]


def test_every_search_is_in_the_part_of_its_task(whole):
    for task in {search.task for search in whole.searches}:
        part = of_config(whole.config, whole.path, Part(task))
        theirs = {s.path: s.inputs() for s in part.searches if s.task == task}
        assert theirs == {s.path: s.inputs() for s in whole.searches if s.task == task}


def test_a_part_has_as_many_sweeps_however_many_seeds_the_study_has(monkeypatch):
    monkeypatch.chdir(ROOT)
    config = read_study(study.load("config/quick").path)
    made = []
    for seeds in (2, 200):
        larger = copy.deepcopy(config)
        for entry in larger["experiments"]:
            entry["seeds"] = list(range(seeds))
        made.append(len(list(expansion.expand(larger, ROOT, Part("digits/mlp100", 1)))))
    assert made[0] == made[1] > 0


def test_a_stale_key_is_refused_before_anything_runs(whole, capsys):
    sweep = whole.sweeps[0]
    with pytest.raises(SystemExit) as end:
        main(["sweep", str(whole.path), sweep.task, sweep.method, "--seed", str(sweep.seed),
              "--key", "00000000"])  # fmt: skip
    assert end.value.code == 2
    assert f"key 00000000 is stale: {whole.path} now gives {sweep.key}" in capsys.readouterr().err


def test_a_sweep_that_no_entry_names_is_refused(whole):
    with pytest.raises(Refused, match="no sweep of reference on"):
        study.load(whole.path, Part("digits/mlp100", 999)).find("digits/mlp100", "reference", 999)
