"""Traces by address. Most lines and paragraphs are in many traces, and are stored once."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Trace = Callable[[str], list[str] | None]  # the lines of an address; None if there is none such


def traces(addresses: Iterable[str], trace: Trace) -> dict[str, Any]:
    """`lines` are all lines, `paragraphs` the numbers of their lines, `traces` those of paragraphs.

    Lines are in order, each as how many characters it shares with the one before, and the rest.
    An empty line stands between two paragraphs. An address without a trace, whose number has not
    been made yet, is left out.
    """
    texts = {address: "\n".join(lines) for address in dict.fromkeys(addresses)
             if (lines := trace(address)) is not None}  # fmt: skip
    lines = sorted({line for text in texts.values() for line in text.split("\n")})
    numbers = {line: number for number, line in enumerate(lines)}
    paragraphs: dict[str, int] = {}
    by_address = {
        address: [paragraphs.setdefault(part, len(paragraphs)) for part in text.split("\n\n")]
        for address, text in texts.items()
    }
    numbered = [[numbers[line] for line in part.split("\n")] for part in paragraphs]
    return {"lines": list(_shared(lines)), "paragraphs": numbered, "traces": by_address}


def _shared(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    before = ""
    for line in lines:
        shared = len(os.path.commonprefix([before, line]))
        yield shared, line[shared:]
        before = line
