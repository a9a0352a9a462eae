r"""Numbers typed into the report's text, README or docs, against the list of those that may be.

What the study measures stands in the text as a macro `\result{address}`. Years, sizes of data sets
and numbers of other papers have to be typed; the list has each with the word after it, so that
another number, or the same one about something else, is seen.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import yaml

from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.paths import CLAIMS_PAGE, README, SECTIONS, TYPED_NUMBERS
from brainside.report.readme import FROM, TO

BENCHED = Path("benchmarks/README.md")
# What has digits and is not a number of the text: comments, addresses, names of files, lengths.
TEX = re.compile(
    r"(?<!\\)%.*"
    r"|\\(?:result|saying|cite[a-z]*|(?:auto)?ref|label|input|rowsof|(?:study|later)figure|whentable"
    r"|setlength|includegraphics|bibliography|documentclass|usepackage)\*?"
    r"(?:\[[^\]]*\])*(?:\{[^{}]*\})+"
    r"|\d*\.?\d+ *\\(?:line|text|column)width"
    r"|\\(?:[hv]space|[hv]skip|kern|\\)\*? *[\[{]?-?\d*\.?\d+ *(?:pt|em|ex|cm|mm)\b"
)
MARKDOWN = re.compile(r"^```(?s:.*?)^```|\]\([^)]*\)|`[^`\n]*`|<!--.*?-->", re.MULTILINE)
HEAD = """\
# yaml-language-server: $schema=../workflow/schemas/typed_numbers.schema.yaml
# Numbers that the text may have besides those of its macros, each with the word after it, by file.
# `brainside audit --typed` prints this file for the text as it is; read what is new in it before
# you commit it: a number that the study has measured belongs into a macro.
"""


def files() -> list[Path]:
    """The texts whose numbers are looked at."""
    texts = [*SECTIONS.parent.glob("*.tex"), *SECTIONS.glob("*.tex"), README, BENCHED]
    docs = {*CLAIMS_PAGE.parent.glob("*.md")} - {CLAIMS_PAGE}  # that one is made
    return sorted(path for path in (*texts, *docs) if path.exists())


def numbers(path: Path) -> Iterator[tuple[int, str]]:
    """The typed numbers of a text, each with its line and the word after it."""
    pieces = [
        (line, word)
        for line, text in enumerate(_prose(path).splitlines(), 1)
        for word in text.split()
    ]
    for (line, word), (_, after) in pairwise([*pieces, (0, "")]):
        if re.search(r"\d", word):
            yield line, f"{word} {after}".strip()


def unlisted() -> Iterator[str]:
    """Where texts and list differ: numbers that only one of them has; none if there is no list."""
    if not TYPED_NUMBERS.exists():
        return
    admitted = read_valid(TYPED_NUMBERS, "typed_numbers")
    unused = {(path, number) for path, listed in admitted.items() for number in listed}
    for path in files():
        for line, number in numbers(path):
            unused.discard((str(path), number))
            if number not in admitted.get(str(path), []):
                yield (f"{path}:{line}: the typed number {number!r} is not in {TYPED_NUMBERS}; "
                       "make it a macro, or `brainside audit --typed` prints the list")  # fmt: skip
    for text, number in sorted(unused):
        yield f"{TYPED_NUMBERS}: {number!r} is not in {text}; `brainside audit --typed`"


def listed() -> str:
    """The list that admits the numbers of the texts as they are."""
    by_file = {str(p): list(dict.fromkeys(number for _, number in numbers(p))) for p in files()}
    content = {path: found for path, found in by_file.items() if found}
    return HEAD + yaml.safe_dump(content, allow_unicode=True, width=100, sort_keys=False)


def _prose(path: Path) -> str:
    """A text in which what is not prose is blank, line by line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be read ({error})") from None
    if path.suffix == ".tex":
        return TEX.sub(_blank, text)
    before, _, rest = text.partition(FROM)
    made, _, after = rest.partition(TO)
    return MARKDOWN.sub(_blank, before + "\n" * (made.count("\n") + 2) + after)


def _blank(found: re.Match[str]) -> str:
    """As many lines of nothing, so that the numbers of lines stay."""
    return "\n" * found[0].count("\n") or " "
