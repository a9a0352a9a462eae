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
        ("docs/data.md", "Of these 97 % agree.\n\n```sh\nrun 5\n```\n\nIt has 3 parts, `e4 5`.", 2),
        ("docs/claims.md", "made of 5 records", 0),
        ("docs/data.md", "Of the claims `97 %` hold, `-1.5`, `2 of 3`, not `run 5`.", 4),
        ("README.md", "It takes about ten minutes, twice as long, or a Quarter.", 3),
        ("README.md", "Twenty-five of a dozen two-sided, often weighty tents of its own.", 3),
        ("benchmarks/README.md", "1.5 times as fast", 1),
    ],
)
def test_numbers_of_prose_are_seen(path, text, count):
    lines = unlisted(path, text)
    assert len(lines) == count and all(line.startswith(f"{path}:") for line in lines)
    paths.TYPED_NUMBERS.write_text(typed.listed(), encoding="utf-8")
    assert list(typed.unlisted()) == []


def test_an_entry_that_no_text_has_is_found():
    unlisted("README.md", "It has 3 parts.")
    paths.TYPED_NUMBERS.write_text(
        "README.md: [3 parts., 97 %]\ndocs/gone.md: [4 of]\n", encoding="utf-8"
    )
    assert [line.split(";")[0] for line in typed.unlisted()] == [
        f"README.md:1: '97 %' of {paths.TYPED_NUMBERS} is not here",
        f"{paths.TYPED_NUMBERS}: has numbers of docs/gone.md, which is no text",
    ]


@pytest.mark.parametrize(("now", "line"), [
    ("| 1.0 | 0.9 |\n| 0.9 | 1.0 |\n", 2), ("| 1.0 | 1.0 |\n| 0.9 | 1.0 |\n", 1),
    ("| 1.0 | 0.9 |\n| 1.0 |\n", 2), ("| 1.0 | 0.9 |\n| 1.0 | 1.0 |\n| 1.0 |\n", 3),
])  # fmt: skip
def test_a_number_that_is_admitted_elsewhere_is_seen_and_the_text_is_named(now, line):
    unlisted("docs/data.md", "| 1.0 | 0.9 |\n| 1.0 | 1.0 |\n")
    paths.TYPED_NUMBERS.write_text(typed.listed(), encoding="utf-8")
    Path("docs/data.md").write_text(now, encoding="utf-8")
    found = list(typed.unlisted())
    assert found[0].startswith(f"docs/data.md:{line}: ")
    assert all(each.startswith("docs/data.md:") for each in found)


def test_a_text_that_cannot_be_read_does_not_hide_the_numbers_of_others():
    unlisted("README.md", "It has 3 parts.")
    Path("docs/data.md").mkdir(parents=True)
    named = [line.split(":")[0] for line in typed.unlisted()]
    assert named == ["README.md", "docs/data.md"]
