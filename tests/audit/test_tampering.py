"""Whatever is altered in an archive is found, and the altered file itself is named."""

import pytest
from helpers.tampering import RECORDS, TAMPERINGS, TOGETHER, findings, named

from brainside.archive import manifest


def name(tampering) -> str:
    return tampering.__name__


def test_an_untouched_archive_has_nothing_wrong(complete):
    assert findings(complete) == []


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=name)
def test_the_tampered_file_is_named(complete, tamper):
    path = tamper(complete)
    lines = findings(complete)
    assert named(path, lines), (path, lines)


@pytest.mark.parametrize("tamper", RECORDS, ids=name)
def test_a_manifest_that_is_made_to_fit_does_not_hide_it(complete, tamper):
    path = tamper(complete)
    manifest.write_manifest(complete, accept=True)
    assert any(str(path) in line for line in findings(complete))


def test_all_at_once_every_tampered_file_is_named(complete):
    paths = [tamper(complete) for tamper in TOGETHER]
    lines = findings(complete)
    assert [path for path in paths if not named(path, lines)] == []
