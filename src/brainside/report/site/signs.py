"""Signs of the page: verdicts as glyphs, and a minus that is one."""

import re

from brainside.analysis.claims import PENDING
from brainside.report.tex.claims import FAILS, HOLDS

GLYPHS = {**dict.fromkeys(HOLDS, "✓"), **dict.fromkeys(FAILS, "✗"), "mixed": "±",
          "undecided": "?", PENDING: "…"}  # fmt: skip
HYPHEN = re.compile(r"(?<![\w.-])-(?=\d)")


def with_minus(text: str) -> str:
    """A text whose negative numbers have a minus sign, and not a hyphen."""
    return HYPHEN.sub("\N{MINUS SIGN}", text)
