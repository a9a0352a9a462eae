"""The README's scoreboard follows from the claims, and the audit sees when it does not."""

from pathlib import Path

import pytest

from brainside.audit.consistency import audit
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.report import readme

README = f"# Title\n\n{readme.FROM}old\n{readme.TO}\nThe rest.\n"


@pytest.fixture
def shown(whole):
    """An archive with a README, and the picture that it shows."""
    readme.README.write_text(README)
    readme.picture(whole).parent.mkdir(parents=True, exist_ok=True)
    readme.picture(whole).write_bytes(b"picture")
    main(["scoreboard", str(whole.path)])
    return whole


def test_every_claim_is_in_it_and_the_sums_are_right(shown):
    text = readme.README.read_text()
    claims = readme.rows_of(shown)
    assert text.startswith("# Title\n") and text.endswith("The rest.\n") and "old" not in text
    assert all(claim["statement"] in text for claim in claims)
    *_, whole = [line for line in text.splitlines() if line.startswith("| all |")]
    total, *verdicts = [int(n) for n in whole.strip("| ").split(" | ")[1:]]
    assert total == len(claims) == sum(verdicts)


def test_it_is_the_same_when_it_is_made_again(shown):
    before = readme.README.read_bytes()
    main(["scoreboard", str(shown.path)])
    assert readme.README.read_bytes() == before


def test_the_audit_finds_a_verdict_that_was_edited(shown):
    assert list(audit(shown, archived=True)) == []
    text = readme.README.read_text()
    readme.README.write_text(text.replace("| pending |", "| reproduced |"))
    assert any(line.startswith("README.md:") for line in audit(shown, archived=True))


def test_the_audit_finds_another_picture(shown):
    readme.PICTURE.write_bytes(b"nicer picture")
    assert any(line.startswith(f"{readme.PICTURE}:") for line in audit(shown, archived=True))


def test_a_readme_without_a_place_for_it_is_refused(shown):
    Path("README.md").write_text("# Title\n")
    with pytest.raises(Refused, match="scoreboard"):
        readme.readme(shown)
