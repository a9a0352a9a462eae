"""Whatever is altered in an archive is found, and the altered file itself is named."""

import pytest
from helpers.tampering import ENTERED, MADE, RECORDS, TAMPERINGS, findings, named

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
    assert named(path, findings(complete))
