"""Codings made again of the checkpoints at hand, and compared with their files."""

import pytest
from helpers.project import rewrite

from brainside.audit.decoding import decode
from brainside.study.codings import existing


@pytest.mark.parametrize(
    ("codec", "column", "value"),
    [("shared", "bytes", 100), ("shared", "test_error", 0.001), ("shared", "valid_loss", 0.001),
     ("raw", "value_bytes", 9)],
)  # fmt: skip
def test_a_coding_that_its_checkpoints_do_not_give_is_found(complete, codec, column, value):
    (job,) = existing(complete)
    rewrite(job.path, lambda f: f.assign(**{column: f[column].where(f["codec"] != codec, value)}))
    wrong = [text for text, agrees in decode(complete) if not agrees]
    assert len(wrong) == 1 and wrong[0].startswith(f"{job.path}: ")
    assert codec in wrong[0] and column in wrong[0]


def test_a_coding_that_lacks_rows_is_found(complete):
    (job,) = existing(complete)
    rewrite(job.path, lambda f: f[f["codec"] != "shared"])
    assert any(
        str(job.path) in text and "shared" in text for text, same in decode(complete) if not same
    )
