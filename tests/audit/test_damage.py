"""Files that are damaged in any way: the audit ends in lines that name them, never a traceback."""

import random
import re

import numpy as np
import pytest
from helpers import damage, tampering
from helpers.tampering import named

from brainside.audit.decoding import decode
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.data.preparation import read_prepared

KINDS = ("record", "mistakes", "spec", "search", "coding", "cost", "manifest", "log", "lock",
         "gallery", "listing", "summary", "claims", "numbers", "typed numbers", "stages",
         "metadata")  # fmt: skip


def without_comments(blob: bytes) -> bytes:
    return re.sub(rb"^#.*\n", b"", blob, flags=re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_named(complete, kind):
    path = damage.files(complete)[kind]
    blob = path.read_bytes()
    for name, damaged in damage.DAMAGES.items():
        if without_comments(damaged(blob)) != without_comments(blob):
            path.write_bytes(damaged(blob))
            status, text = damage.audited()
            assert status in (1, 2) and str(path) in text, (name, text[-500:])
    path.write_bytes(blob)


def test_a_folder_in_the_place_of_a_file_is_named_and_hides_nothing_else(complete):
    files = damage.files(complete)
    other = tampering.add_to_the_site(complete)
    for kind in (*KINDS, "benchmarks", "README", "rows", "citation", "picture"):
        path = files[kind]
        blob = path.read_bytes()
        path.unlink()
        path.mkdir()
        status, text = damage.audited()
        lines = text.splitlines()
        assert status == 1 and lines[-1].startswith("audit: "), (kind, text[-500:])
        assert any(str(path) in line for line in lines) and named(other, lines), (kind, lines)
        assert "; make it again" not in text and "half-written" not in text, (kind, lines)
        path.rmdir()
        path.write_bytes(blob)


def test_a_readme_that_cannot_be_read_does_not_hide_the_page_of_claims(complete):
    page = tampering.change_a_claim_of_the_page(complete)
    paths.README.unlink()
    paths.README.mkdir()
    assert named(page, tampering.findings(complete))


def test_no_mutation_of_any_file_ends_in_a_traceback(complete):
    draw = random.Random(1)
    for kind, path in damage.files(complete).items():
        blob = path.read_bytes()
        for seed in draw.sample(range(1 << 20), 4):
            path.write_bytes(damage.mutated(blob, seed))
            status, text = damage.audited()
            assert status is not None, (kind, seed, text)
        path.write_bytes(blob)


def test_one_damaged_checkpoint_does_not_end_decoding(complete):
    sweep = complete.sweeps[0]
    path = sweep.checkpoint(sweep.budgets[0])
    before = list(decode(complete))
    path.write_bytes(path.read_bytes()[:-3])
    after = list(decode(complete))
    assert len(after) == len(before)
    assert [named(path, [line]) for line, agrees in after if not agrees] == [True]


def test_an_array_that_claims_more_elements_than_any_memory_holds_is_refused(project):
    path = project.path.parents[1] / "data/prepared/digits.npz"
    blob = path.read_bytes()
    path.unlink()
    header = re.search(rb"'shape': \((\d+), 1, 28, 28\), \}", blob)
    huge = b"'shape': (1152921504606846976,), }"
    path.write_bytes(blob.replace(header[0], huge.ljust(len(header[0]))))
    with pytest.raises(Refused, match="digits.npz"):
        read_prepared("digits")
    np.savez(path, allow_pickle=False, train_images=np.zeros(3))
    with pytest.raises(Refused, match="digits.npz"):
        read_prepared("digits")
