"""Tables and figures of a PDF by their numbers: where they are in its text, and what is in them.

They are numbered as LaTeX numbered them (the .aux file beside the PDF), and where there is none in
the order of the text, without what the text leaves out while a file is missing.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from brainside.base import paths
from brainside.report import number
from brainside.study import claims
from brainside.study.study import Study

# "Table 3", "fig. 2"
ASKED = re.compile(r"(?i)(tab|fig)[a-z]*\.?[ ~]*(\d+)")
KINDS = {"tab": "table", "fig": "figure"}
LABEL = re.compile(r"\\label\{((?:tab|fig):[^}]+)\}")
NUMBERED = re.compile(r"\\newlabel\{((?:tab|fig):[^}]+)\}\{\{(\d+)\}")  # in an .aux file
COMMENT = re.compile(r"(?<!\\)%.*")
# What begins or is a table or a figure of the text, or takes in another file of it.
STEP = re.compile(
    r"\\begin\{(?P<begin>table|figure|center|longtable)\}"
    r"|\\captionof\{(?P<of>table|figure)\}|(?P<caption>\\caption)(?=\{)"
    r"|(?P<claims>\\claimstable)|\\laterfigure(?:\[[^]]*\])?\{(?P<later>\w+)\}"
    r"|\\input\{sections/(?P<part>\w+)\}"
)
CONDITION = re.compile(r"\\(?:whentable\{([^}]+)\}|ifcsdef\{result:([^}]+)\})")
FIGURE = re.compile(r"\\(?:study|later)figure(?:\[[^]]*\])?\{(\w+)\}")
TABLE = re.compile(r"\\(?:input|rowsof)\{generated/[^}/]+/([^}.]+)(?:\.tex)?\}")
ADDRESS = re.compile(r"\\(?:result|gridcell)\{([^}]+)\}")


@dataclass(frozen=True)
class Float:
    """A table or a figure: where it is in the text, its TeX, and its label if it has one."""

    kind: str
    path: Path
    line: int
    tex: str
    label: str | None

    @property
    def figures(self) -> list[str]:
        """The study's figures in it, by name."""
        return FIGURE.findall(self.tex)

    @property
    def tables(self) -> list[str]:
        """The generated files in it, by name."""
        return TABLE.findall(self.tex)


def find(study: Study, address: str) -> tuple[int, Float] | None:
    """The table or figure that is meant by `Table 3` or by a label, with its number; else None."""
    asked = ASKED.fullmatch(address.strip())
    for count, one in numbered(study):
        by_number = asked and (KINDS[asked[1].lower()], int(asked[2])) == (one.kind, count)
        if by_number or one.label == address.strip():
            return count, one
    return None


def numbered(study: Study) -> Iterator[tuple[int, Float]]:
    """The tables and figures of a study's PDF in the order of its text, with their numbers."""
    printed = _printed(study)
    counts: Counter[str] = Counter()
    for one in _floats_of(study, Path(paths.TEXT.format(report=study.report))):
        if printed and one.label and one.label not in printed:
            continue
        counts[one.kind] += 1
        yield printed.get(one.label or "", counts[one.kind]), one


def lines(study: Study, count: int, one: Float) -> Iterator[str]:
    """Where a table or figure is, and the numbers and claims that are in it."""
    document = paths.DOCUMENT.format(report=study.report)
    yield f"{one.kind} {count} of {document}"
    yield f"  text        {one.path}:{one.line}"
    files = [paths.filled(paths.GENERATED, study=study.name, name=name) for name in one.tables]
    for file in files:
        yield f"  has         {file}{'' if file.exists() else ': missing'}"
    yield f"  make it     snakemake --cores 8 {document}"
    texts = [one.tex, *(file.read_text(encoding="utf-8") for file in files if file.exists())]
    yield from _contents(study, texts)
    for name in one.tables:
        yield from _claims(study, name)


def _contents(study: Study, texts: list[str]) -> Iterator[str]:
    known = number.read(number.file(study.name))
    inside = [address for text in texts for address in ADDRESS.findall(text) if address in known]
    if inside:
        yield "numbers in it; `brainside trace ADDRESS` walks on"
    yield from (f"  {name} = {known[name][1].text}" for name in dict.fromkeys(inside))


def _claims(study: Study, table: str) -> Iterator[str]:
    """The claims of the paper whose rows a generated table has."""
    known = number.read(number.file(study.name))
    paper = known.get(f"papers/{table.removeprefix('claims_')}/verdicts")
    if not paper:
        return
    yield f"claims of {paper[1].origin.entry}; `brainside trace CLAIM` walks on"
    for claim in claims.read(study):
        if claim["paper"] == paper[1].origin.entry:
            yield f"  {claim['id']}: {claim['statement']}"


def _printed(study: Study) -> dict[str, int]:
    """The numbers by label, as LaTeX gave them when it last made the PDF; none without."""
    aux = Path(paths.TEXT.format(report=study.report)).with_suffix(".aux")
    if not aux.exists():
        return {}
    found = NUMBERED.findall(aux.read_text(encoding="utf-8", errors="replace"))
    return {label: int(count) for label, count in found}


def _floats_of(study: Study, file: Path) -> Iterator[Float]:
    """The tables and figures of a file of the text, and of those that it takes in, in order."""
    if not file.exists():
        return
    tex = _shown(study, COMMENT.sub("", file.read_text(encoding="utf-8")))
    kind, start = "figure", 0
    for step in STEP.finditer(tex):
        if step["part"]:
            yield from _floats_of(study, paths.SECTIONS / f"{step['part']}.tex")
            continue
        if step["begin"]:
            kind, start = step["begin"].removeprefix("long"), step.start()
            continue
        if step["later"] and not _drawn(study, step["later"]):
            continue
        end = _end_of_group(tex, step.end())
        if step["claims"]:
            kind, start, end = "table", step.start(), _end_of_group(tex, end)
        elif step["later"]:
            kind, start, end = "figure", step.start(), step.end()
        kind = step["of"] or kind
        label = f"fig:{step['later']}" if step["later"] else _label(tex, step.end(), end)
        yield Float(kind, file, tex.count("\n", 0, step.start()) + 1, tex[start:end], label)
        start = end


def _label(tex: str, start: int, end: int) -> str | None:
    """The label in a caption, or right behind it."""
    found = LABEL.search(tex[start:end]) or LABEL.match(tex[end:].lstrip())
    return found[1] if found else None


def _shown(study: Study, tex: str) -> str:
    """A text without what it leaves out while a file or a number is missing; lines stay."""
    for condition in CONDITION.finditer(tex):
        table, address = condition.groups()
        if table:
            there = paths.filled(paths.GENERATED, study=study.name, name=table).exists()
        else:
            there = address in number.read(number.file(study.name))
        end = _end_of_group(tex, condition.end())
        if not there:
            left_out = re.sub(r"[^\n]", " ", tex[condition.end() : end])
            tex = tex[: condition.end()] + left_out + tex[end:]
    return tex


def _drawn(study: Study, figure: str) -> bool:
    """Whether a figure is there, or none is, as in a clone without the files of `dvc pull`."""
    file = paths.filled(paths.FIGURE, study=study.name, figure=figure, ending="pdf")
    return file.exists() or not file.parent.is_dir()


def _end_of_group(tex: str, start: int) -> int:
    """The place behind the group in braces that begins at or after a place."""
    depth = 0
    for place in range(tex.find("{", start), len(tex)):
        depth += {"{": 1, "}": -1}.get(tex[place], 0)
        if depth == 0:
            return place + 1
    return len(tex)
