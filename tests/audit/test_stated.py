"""Verdicts that sentences of the report state in their own words, against the table of claims."""

from brainside.audit.stated import outdated
from brainside.base.files import write_whole
from brainside.base.paths import SECTIONS
from brainside.report.tex.claims import rows_of


def test_a_sentence_is_found_where_records_say_something_else(whole):
    (claim,) = rows_of(whole)
    section = SECTIONS / "report_found.tex"
    write_whole(section, rf"\saying{{{claim['id']}}}{{{claim['verdict']}}}True.".encode())
    assert list(outdated(whole)) == []
    text = f"First.\n\\saying{{{claim['id']}}}{{mixed}}Not so. \\saying{{nothing}}{{mixed}}\n"
    write_whole(section, text.encode())
    stale, unknown = outdated(whole)
    assert stale.startswith(f"{section}:2: ") and repr(claim["verdict"]) in stale
    assert unknown.startswith(f"{section}:2: ") and "'nothing'" in unknown
