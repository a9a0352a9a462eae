r"""Numbers typed into the report's text, README or docs, against the list of those that may be.

What the study measures stands in the text as a macro `\result{address}`. Years, sizes of data sets
and numbers of other papers have to be typed, in digits or in words; the list has each with the word
after it, in the order of the text, so that another number, or the same one about something else or
in another place, is seen.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import yaml

from brainside.audit.told import told
from brainside.base.configs import read_valid
from brainside.base.files import committed_text
from brainside.base.paths import CLAIMS_PAGE, README, SECTIONS, TYPED_NUMBERS
from brainside.report.readme import FROM, TO

BENCHED = Path("benchmarks/README.md")
REMEDY = "`brainside audit --typed` prints the list"
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
A_NUMBER = re.compile(r"`[^\w`]{0,2}\d")  # with which code in a line begins that is none
# A number in digits, or in words; `one` is a pronoun, and `second` mostly a unit or a place.
NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|(?:hundred|thousand|million)(?:s|ths?)?|twice|half|halves|quarters?|(?:third|tenth)s?)\b",
    re.IGNORECASE,
)
HEAD = """\
# yaml-language-server: $schema=../workflow/schemas/typed_numbers.schema.yaml
# Numbers that the text may have besides those of its macros, each with the word after it, by file
# and in the order of the file.
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
        if NUMBER.search(word):
            yield line, f"{word} {after}".strip()


def unlisted() -> Iterator[str]:
    """Where texts and list differ: numbers that only one of them has; none if there is no list."""
    if not TYPED_NUMBERS.exists():
        return
    admitted = read_valid(TYPED_NUMBERS, "typed_numbers")
    for path in files():
        yield from told(_differing(path, admitted.pop(str(path), [])))
    for text in admitted:
        yield f"{TYPED_NUMBERS}: has numbers of {text}, which is no text; {REMEDY}"


def _differing(path: Path, admitted: Sequence[str]) -> Iterator[str]:
    """Where the numbers of a text are not those that it may have, one after the other."""
    found = list(numbers(path))
    typed = [number for _, number in found]
    steps = SequenceMatcher(None, admitted, typed, autojunk=False).get_opcodes()
    for kind, start, end, first, last in steps if typed != list(admitted) else ():
        for line, number in found[first:last] if kind != "equal" else ():
            yield (f"{path}:{line}: the typed number {number!r} is not in {TYPED_NUMBERS}, or not "
                   f"at this place; make it a macro, or {REMEDY}")  # fmt: skip
        for number in admitted[start:end] if kind == "delete" else ():
            line = found[min(first, len(found) - 1)][0] if found else 1
            yield f"{path}:{line}: {number!r} of {TYPED_NUMBERS} is not here; {REMEDY}"


def listed() -> str:
    """The list that admits the numbers of the texts as they are."""
    by_file = {str(path): [number for _, number in numbers(path)] for path in files()}
    content = {path: found for path, found in by_file.items() if found}
    return HEAD + yaml.safe_dump(content, allow_unicode=True, width=100, sort_keys=False)


def _prose(path: Path) -> str:
    """A text in which what is not prose is blank, line by line."""
    text = committed_text(path)
    if path.suffix == ".tex":
        return TEX.sub(_blank, text)
    before, _, rest = text.partition(FROM)
    made, _, after = rest.partition(TO)
    return MARKDOWN.sub(_blank, before + "\n" * (made.count("\n") + 2) + after)


def _blank(found: re.Match[str]) -> str:
    """As many lines of nothing, so that the numbers of lines stay; what is a number after all."""
    if A_NUMBER.match(found[0]):
        return found[0]
    return "\n" * found[0].count("\n") or " "
