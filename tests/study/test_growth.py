"""Planning and audit grow with the study and no faster: calls are counted, nothing is timed."""

import cProfile
import math
import pstats
from collections.abc import Callable

import pytest
from helpers.project import ROOT

from brainside.archive import records
from brainside.audit import consistency
from brainside.study.study import Study, of_config
from brainside.study.workflow import all_jobs

MOST = 1.1  # exponent; 2 is quadratic


@pytest.fixture
def synthetic(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    for name in ("config", "workflow"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return pytest.importorskip("synthetic")


def calls(work: Callable[[], object]) -> int:
    with cProfile.Profile() as profile:
        work()
    return pstats.Stats(profile).total_calls


def exponent(small: tuple[int, int], large: tuple[int, int]) -> float:
    (few, little), (many, much) = small, large
    return math.log(much / little) / math.log(many / few)


def test_planning_codings_included_is_linear_in_the_number_of_sweeps(synthetic):
    def spent(seeds: int) -> tuple[int, int]:
        study = synthetic.study_of(seeds)
        return len(study.sweeps), calls(lambda: all_jobs([of_config(study.config, study.path)]))

    spent(1)  # what is read once a process
    assert exponent(spent(8), spent(80)) < MOST


def test_the_audit_is_linear_and_reads_each_record_once(synthetic):
    def spent(study: Study) -> tuple[int, int]:
        synthetic.write_archive(study)
        for sweep in study.sweeps:
            sweep.path.touch()
        return len(study.sweeps), calls(lambda: list(consistency.audit(study, archived=True)))

    few = spent(synthetic.study_of(2))
    large = synthetic.study_of(8)
    many = spent(large)
    assert exponent(few, many) < MOST
    read = dict(records._KEPT)
    list(consistency.audit(large, archived=True))
    assert all(records._KEPT[sweep.path] is read[sweep.path] for sweep in large.sweeps)
    for sweep in large.sweeps:
        sweep.path.touch()
    list(consistency.audit(large, archived=True))
    assert not any(records._KEPT[sweep.path] is read[sweep.path] for sweep in large.sweeps)
