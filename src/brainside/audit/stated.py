r"""Sentences of the report that say themselves what came of a claim, against its verdict.

Prose reads badly where each verdict is a macro. A sentence that states one in its own words has
`\saying{claim}{verdict}` before it, which prints nothing as long as the records agree.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from brainside.audit.told import told
from brainside.audit.typed import files
from brainside.base.files import committed_text
from brainside.report.tex.claims import rows_of
from brainside.study.study import Study

SAYING = re.compile(r"\\saying\{([^{}]*)\}\{([^{}]*)\}")


def outdated(study: Study) -> Iterator[str]:
    """Where the text states another verdict of a claim than the table of claims has."""
    verdicts = {claim["id"]: claim["verdict"] for claim in rows_of(study)}
    for path in (each for each in files() if each.suffix == ".tex"):
        yield from told(_wrong(path, verdicts))


def _wrong(path: Path, verdicts: Mapping[str, str]) -> Iterator[str]:
    for line, text in enumerate(committed_text(path).splitlines(), 1):
        for claim, stated in SAYING.findall(text):
            if claim not in verdicts:
                yield f"{path}:{line}: \\saying names {claim!r}, which is no claim's id"
            elif stated != verdicts[claim]:
                yield (f"{path}:{line}: it states that {claim} is {stated!r}, and its "
                       f"verdict is {verdicts[claim]!r}; change both")  # fmt: skip
