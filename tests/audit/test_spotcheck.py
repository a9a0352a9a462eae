"""Archived sweeps trained again: what is drawn, what is compared, and what that proves."""

import shutil
from pathlib import Path

import pytest
from helpers.archive import Pretended
from helpers.project import accept_everything, of, rewrite
from helpers.tampering import exchange_two_seeds, findings, flip_digit

from brainside.audit import retraining, spotcheck
from brainside.audit.retraining import at_hand
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.study import costs


def test_only_retraining_finds_a_forgery_that_is_consistent(whole):
    exchange_two_seeds(whole)
    accept_everything(whole)
    for folder in ("results/checkpoints", "results/gallery"):
        shutil.rmtree(folder)
    assert findings(whole) == []
    before = contents()
    sample = [of(whole, "magnitude", 0), of(whole, "reference", 1)]
    rows = {row["method"]: row for row in spotcheck.check(whole, sample, "7", cores=2)}
    assert rows["reference"]["outcome"] == spotcheck.SAME
    assert rows["magnitude"]["outcome"] == spotcheck.DIFFERS
    assert rows["magnitude"]["place"] == f"{sample[0].path}:2"
    assert contents() == before
    assert spotcheck.proven(whole).startswith("retrained: 1 of 2 mismatched")


def contents() -> dict[Path, bytes]:
    """The archive without the log of its checks."""
    files = (p for p in Path("results").rglob("*") if p.is_file() and p != paths.AUDIT_LOG)
    return {path: path.read_bytes() for path in files}


def test_a_sample_is_drawn_by_its_seed_and_goes_on_where_it_was_killed(whole):
    there = spotcheck.population(whole)
    assert len(there) == 4  # two seeds, their references
    sample = spotcheck.drawn(there, 3, seed=5)
    assert sample == spotcheck.drawn(there, 3, seed=5) and len(set(s.key for s in sample)) == 3
    assert {s.key for s in spotcheck.drawn(there, 9, seed=0)} == {s.key for s in there}
    pretended = Pretended()
    running = spotcheck.check(whole, sample, "5", 1, pretended)
    next(running)
    running.close()  # killed after the first
    assert len(spotcheck.read_log()) == 1
    assert len(list(spotcheck.check(whole, sample, "5", 1, pretended))) == 2
    assert len(pretended.trained) == 3 and len(spotcheck.read_log()) == 3
    assert list(spotcheck.check(whole, sample, "5", 1, pretended)) == []  # nothing is counted twice


def test_the_bound_counts_distinct_draws_from_the_present_archive_only(whole):
    pretended = Pretended()
    there = spotcheck.population(whole)
    assert "none of the 4" in spotcheck.proven(whole)
    list(spotcheck.check(whole, there[:1], spotcheck.CHOSEN, 1, pretended))
    assert "none of the 4" in spotcheck.proven(whole)
    for draw in ("1", "2"):
        list(spotcheck.check(whole, there[:2], draw, 1, pretended))
    assert "0 of 2 mismatched" in spotcheck.proven(whole) and "77.6 %" in spotcheck.proven(whole)
    list(spotcheck.check(whole, there, "3", 1, pretended))
    assert "0 of 4 mismatched: that is the whole archive" in spotcheck.proven(whole)
    flip_digit(whole)
    assert "none of the 4" in spotcheck.proven(whole) and "8 more" in spotcheck.proven(whole)


def test_what_cannot_be_retrained_is_said_after_the_rest_is_done(whole):
    with pytest.raises(Refused, match="no memory"):
        list(spotcheck.check(whole, spotcheck.population(whole), "1", 1, Pretended(fail=(0,))))
    assert {row["seed"] for row in spotcheck.read_log()} == {"1"}


@pytest.mark.parametrize("method", ["lottery-reinitialised", "uniform-weights"])
def test_a_sweep_is_retrained_without_the_checkpoints_that_its_start_started_from(project, method):
    sweep = project.run(method)
    shutil.rmtree("results/checkpoints")
    ((same, error),) = retraining.retrained(project.load(), [sweep], 1)
    assert (same.key, error) == (sweep.key, "")
    for file in sweep.files:
        assert (retraining.folder(sweep) / file).read_bytes() == file.read_bytes()
    # What takes only numbers of weights needs nothing trained before it.
    trained = {path.name for path in retraining.folder(sweep).parent.iterdir()}
    starts = {sweep.start.key, sweep.start.parent.key} if sweep.start else set()
    assert trained == {sweep.key, *starts}


@pytest.mark.parametrize(
    ("error", "outcome"), [(0.0, "same bytes"), (1e-3, "within the margin"), (0.3, "beyond")]
)
def test_on_another_processor_the_margin_decides(whole, error, outcome):
    sweep = of(whole, "magnitude", 0)
    list(Pretended()(whole, [sweep], 1))  # the true record, in the scratch folder
    spec = sweep.path.with_suffix(".json")
    spec.write_text(
        spec.read_text(encoding="utf-8").replace('"machine": "', '"machine": "another '),
        encoding="utf-8",
    )
    if error:
        rewrite(sweep.path, lambda f: f.assign(test_error=f["test_error"].astype(float) + error))
    (row,) = spotcheck.check(whole, [sweep], "1", 1, lambda *_: [(sweep, "")])
    assert row["outcome"].startswith(outcome)


def test_minutes_are_used_up_by_random_sweeps_that_fit(complete):
    by_seed = [spotcheck.affordable(complete, 0.1, seed) for seed in range(20)]
    assert by_seed[3] == spotcheck.affordable(complete, 0.1, 3)
    assert len({tuple(s.key for s in sample) for sample in by_seed}) > 5
    for sample in by_seed:
        left = 6 - costs.taken(sample)
        keys = {sweep.key for sweep in sample}
        others = [s for s in spotcheck.population(complete) if s.key not in keys]
        assert 0 <= left < min(costs.taken([sweep]) for sweep in others)
    everything = spotcheck.affordable(complete, 60, 1)
    assert len(everything) == len(spotcheck.population(complete))
    with pytest.raises(Refused, match="no record"):
        spotcheck.affordable(complete, 1e-3, 1)


def test_minutes_count_the_starts_that_have_to_be_trained_first(complete):
    shutil.rmtree("results/checkpoints")
    for sample in (spotcheck.affordable(complete, 0.1, seed) for seed in range(20)):
        starts = {s.start.key: s.start for s in sample if s.start and not at_hand(s.start)}
        trained = {**starts, **{s.key: s for s in sample}}
        assert costs.taken(trained.values()) <= 6
