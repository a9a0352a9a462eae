"""The scoreboard follows from the claims, in the README and on its page, and the audit compares."""

import pandas as pd
import pytest

from brainside.audit.consistency import audit
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.base.paths import CLAIMS_PAGE, README
from brainside.cli.main import main
from brainside.report import readme

TEXT = f"# Title\n\n{readme.FROM}old\n{readme.TO}\nThe rest.\n"


def claims(study) -> list[dict]:
    """The rows of the study's table of claims."""
    table = paths.filled(paths.TABLE, study=study.name, table="claims")
    return pd.read_csv(table, keep_default_na=False).to_dict("records")


@pytest.fixture
def shown(whole):
    """An archive with a README, its page of claims, and the picture that it shows."""
    README.write_text(TEXT, encoding="utf-8")
    readme.picture(whole).parent.mkdir(parents=True, exist_ok=True)
    readme.picture(whole).write_bytes(b"picture")
    main(["scoreboard", str(whole.path)])
    return whole


def test_only_the_scoreboard_of_the_readme_changes(shown):
    text = README.read_text(encoding="utf-8")
    assert text.startswith("# Title\n") and text.endswith("The rest.\n") and "old" not in text


def test_the_sums_are_right(shown):
    lines = README.read_text(encoding="utf-8").splitlines()
    *_, total_row = [line for line in lines if line.startswith("| all |")]
    total, *verdicts = [int(n) for n in total_row.strip("| ").split(" | ")[1:]]
    assert total == len(claims(shown)) == sum(verdicts)


def test_every_claim_is_on_its_page_below_its_paper(shown):
    page = CLAIMS_PAGE.read_text(encoding="utf-8")
    for claim in claims(shown):
        section = page.partition(f"## {claim['paper']}\n")[2].partition("\n## ")[0]
        assert claim["statement"] in section and f"`{claim['id']}`" in section


@pytest.mark.parametrize("command", ["scoreboard", "site", "numbers"])
def test_a_verdict_that_is_none_is_refused(shown, command, capsys):
    path = paths.filled(paths.TABLE, study=shown.name, table="claims")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.assign(verdict="refuted").to_csv(path, index=False)
    with pytest.raises(SystemExit):
        main([command, str(shown.path)])
    assert f"{path}: 'refuted' is not a verdict; `brainside claims` m" in capsys.readouterr().err


def test_it_is_the_same_when_it_is_made_again(shown):
    before = [path.read_bytes() for path in readme.files(shown)]
    main(["scoreboard", str(shown.path)])
    assert [path.read_bytes() for path in readme.files(shown)] == before


@pytest.mark.parametrize("path", [README, CLAIMS_PAGE], ids=str)
def test_the_audit_finds_a_verdict_that_was_edited(shown, path):
    assert list(audit(shown, archived=True)) == []
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace("| verdict |", "| truth |")
        .replace("| 1 |", "| 2 |"),
        encoding="utf-8",
    )
    assert any(line.startswith(f"{path}:") for line in audit(shown, archived=True))


def test_the_audit_finds_another_picture(shown):
    readme.PICTURE.write_bytes(b"nicer picture")
    assert any(line.startswith(f"{readme.PICTURE}:") for line in audit(shown, archived=True))


def test_a_readme_without_lines_around_the_scoreboard_is_refused(shown):
    README.write_text("# Title\n", encoding="utf-8")
    with pytest.raises(Refused, match="scoreboard"):
        readme.files(shown)
