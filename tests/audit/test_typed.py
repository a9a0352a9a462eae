"""Numbers typed into texts: all are seen but lengths, code and addresses; the list has no more."""

from pathlib import Path

import pytest

from brainside.audit import typed
from brainside.base import paths
from brainside.base.files import write_whole


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    schema = Path(__file__).parents[2] / paths.SCHEMAS
    paths.SCHEMAS.parent.mkdir()
    paths.SCHEMAS.symlink_to(schema)


def unlisted(path: str, text: str) -> list[str]:
    """What is found where only this text is, and the list admits nothing."""
    write_whole(Path(path), text.encode())
    write_whole(paths.TYPED_NUMBERS, b"{}\n")
    return list(typed.unlisted())


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("paper/report.tex", "It errs by 97 pt. and \\emph{0.5 mm}, [3 em] or 12pt more.", 4),
        (
            "paper/report.tex",
            "\\hspace{3pt} \\vskip -1.5ex a \\\\[2pt] b \\kern1em 0.5\\linewidth",
            0,
        ),
        ("paper/report.tex", "\\setlength{\\bibsep}{1pt plus 0.3ex}\\documentclass[10pt]{art}", 0),
        ("README.md", "Of these 97 % agree.", 1),
        ("docs/data.md", "Of these 97 % agree.\n\n```sh\nrun 5\n```\n\nIt has 3 parts, `4`.", 2),
        ("docs/claims.md", "made of 5 records", 0),
        ("benchmarks/README.md", "1.5 times as fast", 1),
    ],
)
def test_numbers_of_prose_are_seen(path, text, count):
    lines = unlisted(path, text)
    assert len(lines) == count and all(line.startswith(f"{path}:") for line in lines)
    paths.TYPED_NUMBERS.write_text(typed.listed())
    assert list(typed.unlisted()) == []


def test_an_entry_that_no_text_has_is_found():
    unlisted("README.md", "It has 3 parts.")
    paths.TYPED_NUMBERS.write_text("README.md: [3 parts., 97 %]\ndocs/gone.md: [4 of]\n")
    assert [line.split(";")[0] for line in typed.unlisted()] == [
        f"{paths.TYPED_NUMBERS}: '97 %' is not in README.md",
        f"{paths.TYPED_NUMBERS}: '4 of' is not in docs/gone.md",
    ]
