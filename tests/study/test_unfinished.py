"""What a clone without data and checkpoints has to run for what is missing."""

import pytest
from helpers.project import ROOT

from brainside.study import codings, study
from brainside.study.unfinished import unfinished


@pytest.fixture
def paper(monkeypatch, tmp_path):
    """The paper study where every record, search and coding exists, and nothing else."""
    monkeypatch.chdir(ROOT)
    whole = study.load("config/paper")
    monkeypatch.chdir(tmp_path)
    for path in [*(job.path for job in jobs(whole)), *(c.path for c in codings.codings(whole))]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return whole


def jobs(whole):
    return [*whole.everything, *whole.searches]


def left(whole):
    return unfinished(jobs(whole), codings.codings(whole))


def test_where_every_record_is_there_nothing_runs(paper):
    assert left(paper) == set()


def test_a_missing_record_takes_the_references_it_starts_from_and_nothing_else(paper):
    control = paper.find("mnist/lenet300", "lottery-shuffled", 1)
    control.path.unlink()
    chain = [control, control.parent, control.parent.parent]
    assert [sweep.method for sweep in chain] == ["lottery-shuffled", "lottery", "reference"]
    assert left(paper) == {sweep.path for sweep in chain}
    control.parent.checkpoints.mkdir(parents=True)  # at hand: nothing to be made before it
    assert left(paper) == {control.path}


def test_a_missing_record_of_as_many_weights_as_others_takes_no_checkpoints(paper):
    control = paper.find("cifar10/slim", "uniform-weights", 1)
    control.path.unlink()
    assert left(paper) == {control.path}
    control.parent.path.unlink()
    chain = [control, control.parent, control.parent.parent]
    assert [sweep.method for sweep in chain] == ["uniform-weights", "autoslim", "supernet"]
    assert left(paper) == {sweep.path for sweep in chain}


def test_a_missing_search_takes_the_reference_of_its_seed(paper):
    search = paper.find("mnist/mlp1000", "magnitude-l2", 0).search
    search.path.unlink()
    assert left(paper) == {search.path, search.parent.path}
    assert search.parent.seed == 1000


def test_a_missing_coding_takes_the_checkpoints_that_it_codes(paper):
    coding = next(c for c in codings.codings(paper) if not c.nnr and c.sweep.method == "obd")
    coding.path.unlink()
    assert left(paper) == {coding.sweep.path, coding.sweep.parent.path}


def test_checkpoints_that_are_asked_for_take_what_they_start_from(paper):
    sweep = paper.find("mnist/lenet5", "han", 2)
    found = unfinished(jobs(paper), codings.codings(paper), {str(sweep.checkpoints)})
    assert found == {sweep.path, sweep.parent.path}
