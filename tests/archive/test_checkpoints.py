"""Checkpoints are opened in one way: the file or the gallery's copy, if it is the record's."""

import hashlib

import pytest
from helpers.project import of

from brainside.archive import checkpoints
from brainside.base.errors import Refused

BUDGET = 1 / 4


def digest_of(sweep) -> str:
    return hashlib.sha256(sweep.checkpoint(BUDGET).read_bytes()).hexdigest()


def test_a_checkpoint_and_its_copy_in_the_gallery_are_the_same_bytes(whole):
    sweep = of(whole, "magnitude", 0)
    own, copy = checkpoints.copies_at_hand(sweep, BUDGET)
    assert checkpoints.unpacked(own) == checkpoints.unpacked(copy) == own.read_bytes()
    assert {checkpoints.state_of(path, digest_of(sweep)) for path in (own, copy)} == {
        checkpoints.INTACT
    }


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        (lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]), checkpoints.ALTERED),
        (lambda blob: b"", checkpoints.ALTERED),
    ],
)
def test_an_altered_file_is_told_from_an_intact_one_and_the_copy_serves(whole, damage, state):
    sweep = of(whole, "magnitude", 0)
    path, digest = sweep.checkpoint(BUDGET), digest_of(sweep)
    blob = path.read_bytes()
    path.write_bytes(damage(blob))
    assert checkpoints.state_of(path, digest) == state
    assert checkpoints.checked_bytes(sweep, BUDGET, digest) == blob


def test_a_copy_that_cannot_be_unpacked_is_damaged(whole):
    sweep = of(whole, "magnitude", 0)
    _, copy = checkpoints.copies_at_hand(sweep, BUDGET)
    copy.write_bytes(copy.read_bytes()[:40])
    assert checkpoints.state_of(copy, digest_of(sweep)) == checkpoints.DAMAGED


def test_what_is_missing_or_altered_is_refused_with_what_to_do(whole):
    sweep = of(whole, "magnitude", 0)
    digest = digest_of(sweep)
    copies = checkpoints.copies_at_hand(sweep, BUDGET)
    for path in copies:
        path.write_bytes(b"no checkpoint")
    with pytest.raises(Refused, match=rf"{copies[0].name}: not the checkpoint of .*; delete it"):
        checkpoints.checked_bytes(sweep, BUDGET, digest)
    assert checkpoints.intact_bytes(sweep, BUDGET, digest) is None
    for path in copies:
        path.unlink()
    with pytest.raises(Refused, match="is missing, and so is its copy: `dvc pull`"):
        checkpoints.checked_bytes(sweep, BUDGET, digest)


def test_a_seed_outside_the_gallery_has_one_file(whole):
    sweep = of(whole, "magnitude", 1)
    assert checkpoints.copies_at_hand(sweep, BUDGET) == [sweep.checkpoint(BUDGET)]
