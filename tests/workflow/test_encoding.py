"""Text is UTF-8 whatever the locale is: no call leaves the encoding to it."""

import ast
import subprocess
from pathlib import Path

import pytest
from helpers.project import ROOT

FOLDERS = ("src", "benchmarks", "workflow", "requirements", "tests", "docs")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PROCESSES = {"run", "Popen", "check_output"}  # of subprocess
# Whose `open` is for bytes, or for a tab of the browser.
BINARY = {"tarfile", "Image", "os", "gzip", "zipfile", "h5py", "page", "opened"}


def unspecified(tree: ast.AST) -> list[int]:
    """The lines of calls that read or write text and name no encoding."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if _text(call) and not _named(call)]


def _text(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in PROCESSES:
        return any(keyword.arg in ("text", "universal_newlines") for keyword in call.keywords)
    if name in ("read_text", "write_text"):
        return True
    if name != "open" or isinstance(function, ast.Attribute) and _owner(function) in BINARY:
        return False
    mode = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return not any("b" in each for each in mode)


def _owner(function: ast.Attribute) -> str:
    return getattr(function.value, "id", "")


def _named(call: ast.Call) -> bool:
    return any(keyword.arg == "encoding" for keyword in call.keywords)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_file_is_opened_with_its_encoding(path: Path):
    lines = unspecified(ast.parse(path.read_bytes()))
    assert not lines, f"{path}: lines {lines}: write encoding='utf-8'"


@pytest.mark.parametrize(("code", "wrong"), [
    ("p.read_text()", True), ("p.write_text(t)", True), ("open(p)", True), ("p.open('w')", True),
    ("subprocess.run(c, text=True)", True), ("Popen(c, text=True, encoding='utf-8')", False),
    ("run(c, stdout=PIPE)", False), ("p.read_text(encoding='utf-8')", False),
    ("p.open('wb')", False), ("os.open(p, 1)", False),
])  # fmt: skip
def test_the_rule_finds_what_it_is_for(code, wrong):
    assert bool(unspecified(ast.parse(code))) == wrong


def test_a_checkout_never_turns_line_ends():
    names = ["Makefile", "workflow/scripts/latex.sh", "results/manifest.csv", "config/new.yaml"]
    told = subprocess.run(["git", "check-attr", "text", *names], cwd=ROOT, check=True,
                          capture_output=True, text=True, encoding="utf-8").stdout  # fmt: skip
    assert told.splitlines() == [f"{name}: text: unset" for name in names]
