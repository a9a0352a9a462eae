"""The page of public functions names what is there, as it is there."""

import inspect
import os
import pkgutil
import re
import subprocess
import sys

import pytest
from helpers.project import ROOT

PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
SAID = re.findall(r"^\| `(brainside\S+)\((.*?)\)(?: -> (\w+))?`", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name, parameters, returned", SAID, ids=[name for name, *_ in SAID])
def test_what_the_page_names_is_there_with_these_parameters(name, parameters, returned):
    signature = inspect.signature(pkgutil.resolve_name(name))
    assert [p for p in signature.parameters if p != "self"] == parameters.split(", ") * bool(
        parameters
    )
    if returned:
        assert returned in re.findall(r"\w+", inspect.formatannotation(signature.return_annotation))


def test_the_page_has_a_row_for_each_and_its_example_runs():
    assert len(SAID) == PAGE.count("\n| `brainside") >= 15
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, encoding="utf-8", capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\[\d+ rows x \d+ columns\]", done.stdout, re.MULTILINE)
