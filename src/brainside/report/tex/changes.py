"""Verdicts that have changed since the state before, and the rules that changed them, as TeX."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from brainside.base import paths
from brainside.base.configs import read_valid
from brainside.base.errors import Refused
from brainside.base.lines import line_of
from brainside.report.tex.answers import Claim
from brainside.report.tex.latex import escaped, row, rows


class Former(TypedDict, total=False):
    """A claim's verdict before, and the rules that have changed it since (none if it stands)."""

    verdict: str
    changed_by: list[str]


class FormerVerdicts(TypedDict):
    """config/former_verdicts.yaml: rules in words by name, and claims by id."""

    study: str
    rules: Mapping[str, str]
    claims: Mapping[str, Former]


UNCHANGED = "No verdict has changed."


def files(
    study: str, judged: Sequence[Claim], path: Path = paths.FORMER_VERDICTS
) -> dict[str, str]:
    """The rows of the table of changed verdicts and of that of the rules, by the files' names.

    None where no file has former verdicts of the study. Raises Refused where a changed verdict
    names no rule, one that stands names some, or a rule is not in the file.
    """
    if not path.exists() or (former := _read(path))["study"] != study:
        return {}
    changed = list(_changes(former, judged, path))
    rules = [row([name, escaped(text)]) for name, text in former["rules"].items()]
    return {
        "changed_verdicts": rows(
            changed or [rf"\multicolumn{{4}}{{@{{}}l@{{}}}}{{{UNCHANGED}}} \\"]
        ),
        "changed_rules": rows(rules),
    }


def _read(path: Path) -> FormerVerdicts:
    former: FormerVerdicts = read_valid(path, "former_verdicts")
    return former


def _changes(former: FormerVerdicts, judged: Sequence[Claim], path: Path) -> Iterator[str]:
    """A row per changed claim, in the order of the table of claims."""
    for claim in judged:
        name, before = claim["id"], former["claims"].get(claim["id"])
        if before is None:
            continue
        rules = before.get("changed_by", [])
        place = line_of(path, ("claims", name))
        if unknown := [rule for rule in rules if rule not in former["rules"]]:
            raise Refused(f"{place}: rule {unknown[0]} is not among the rules; name it there")
        if bool(rules) != (before["verdict"] != claim["verdict"]):
            now = f"was {before['verdict']} and is {claim['verdict']}"
            raise Refused(f"{place}: {name} {now}; let changed_by name why, where it changed only")
        if rules:
            yield row([rf"\texttt{{{name}}}", before["verdict"],
                       claim["verdict"], ", ".join(rules)])  # fmt: skip
