"""The page to explore, as the tests read it."""

import json
import re
from html.parser import HTMLParser
from typing import Any

from brainside.audit.trace import anywhere, tracer
from brainside.base import paths
from brainside.report.site import page
from brainside.study.study import Study


def made(study: Study) -> str:
    """The page of a study."""
    lines_of = tracer(study)

    def trace(address: str) -> list[str] | None:
        lines = lines_of(address)
        return None if lines is None else anywhere(lines)

    return page.files(study, trace)[paths.SITE]


def data(text: str) -> dict[str, Any]:
    """What the page's scripts read."""
    blocks = re.findall(r'<script type="application/json" id="(.*?)">(.*?)</script>', text, re.S)
    parsed = {name: json.loads(block) for name, block in blocks}
    return {**parsed["data"], **parsed["traces"], "pictures": parsed["pictures"]}


def text_of(shown: dict[str, Any], address: str) -> str:
    """The trace of an address, put together from what the page has of it."""
    lines, before = [], ""
    for shared, rest in shown["lines"]:
        before = before[:shared] + rest
        lines.append(before)
    parts = [shown["paragraphs"][number] for number in shown["traces"][address]]
    return "\n\n".join("\n".join(lines[number] for number in part) for part in parts)


class Elements(HTMLParser):
    """The names of a page's elements with their attributes, and its text outside of scripts."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, text: str) -> None:
        if self.elements and self.elements[-1][0] not in ("script", "style"):
            self.text += text
