"""The wall time of a plan against what no schedule can undercut, and against one core and many."""

import pytest
from helpers.project import ROOT
from hypothesis import given
from hypothesis import strategies as st

from brainside.cli.main import main
from brainside.study import study
from brainside.study.costs import seconds
from brainside.study.schedule import schedule


@pytest.fixture(scope="module")
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return study.load("config/quick")


def jobs(whole: study.Study) -> list:
    return [*whole.everything, *whole.searches]


def test_one_core_takes_the_sum_and_enough_cores_the_longest_chain(quick):
    total = seconds(jobs(quick), quick)
    assert schedule(jobs(quick), quick, 1).wall == pytest.approx(total)
    widest = schedule(jobs(quick), quick, len(jobs(quick)))
    assert widest.wall == pytest.approx(widest.path_seconds)


@given(cores=st.integers(1, 60), taken=st.data())
def test_between_the_bound_and_twice_the_bound_for_any_part_of_the_study(quick, cores, taken):
    some = taken.draw(st.lists(st.sampled_from(jobs(quick)), min_size=1, unique_by=id))
    made = schedule(some, quick, cores)
    least = max(made.path_seconds, seconds(some, quick) / cores)
    assert least * (1 - 1e-9) <= made.wall <= 2 * least


def test_the_chain_is_of_jobs_that_read_each_other(quick):
    made = schedule(jobs(quick), quick, 4)
    assert made.path_seconds == pytest.approx(seconds(made.path, quick))
    assert len(made.path) > 1
    for first, second in zip(made.path, made.path[1:], strict=False):
        assert first.path in second.inputs().values()


def test_nothing_to_do_takes_no_time(quick):
    assert schedule([], quick, 4).wall == 0


def test_the_plan_says_it_for_nodes_and_cores(quick, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    main(["plan", "config/quick", "--nodes", "3", "--cores", "2"])
    printed = capsys.readouterr().out
    assert "all of it: " in printed and "with 6 cores; no less than" in printed
    assert printed.count("with 6 cores") == 1 + printed.count("what is left: ")  # no other times
    assert "digits/slim supernet, digits/slim autoslim" in printed


@pytest.mark.parametrize("option", ["--nodes", "--cores"])
def test_no_node_and_no_core_are_refused(option, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["plan", "config/quick", option, "0"])
    assert f"{option} 0: there must be at least one" in capsys.readouterr().err
