"""The script that makes the documents: neither the user's settings nor a killed run get in."""

import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.project import ROOT

SCRIPT = ROOT / "workflow/scripts/latex.sh"
TEXT = r"""\documentclass{article}
\begin{document}
\tableofcontents
\section{One}
\end{document}
"""
pytestmark = pytest.mark.skipif(not shutil.which("latexmk"), reason="LaTeX is missing")


@pytest.fixture
def paper(tmp_path, monkeypatch) -> Path:
    """A folder of documents with one, and a home whose latexmkrc breaks every PDF."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    Path(".latexmkrc").write_text("$pdflatex = 'false';\n", encoding="utf-8")
    Path("paper").mkdir()
    Path("paper/one.tex").write_text(TEXT, encoding="utf-8")
    return tmp_path / "paper"


def make() -> int:
    return subprocess.run([SCRIPT, "make", "one"], capture_output=True).returncode


def test_the_users_own_settings_of_latexmk_change_nothing(paper):
    assert make() == 0 and (paper / "one.pdf").exists()


def test_the_users_own_tree_and_search_paths_change_nothing(paper, monkeypatch):
    (paper / "one.tex").write_text(
        TEXT.replace("\n", "\n\\usepackage{booktabs}\n", 1), encoding="utf-8"
    )
    assert make() == 0
    made = (paper / "one.pdf").read_bytes()
    stub = r"\ProvidesPackage{booktabs}\AtBeginDocument{Mine}"
    for folder in ("texmf/tex/latex/booktabs", "mine"):
        (paper.parent / folder).mkdir(parents=True)
        (paper.parent / folder / "booktabs.sty").write_text(stub, encoding="utf-8")
    monkeypatch.setenv("TEXMFHOME", str(paper.parent / "texmf"))
    for name in ("TEXINPUTS", "TEXINPUTS_pdflatex", "BIBINPUTS", "BSTINPUTS"):
        monkeypatch.setenv(name, f"{paper.parent}/mine:")
    (paper / "one.pdf").unlink()
    assert make() == 0 and (paper / "one.pdf").read_bytes() == made


def test_what_a_killed_run_left_is_made_again(paper):
    assert make() == 0
    made = (paper / "one.pdf").read_bytes()
    for ending in ("aux", "toc"):
        (paper / f"one.{ending}").write_text(
            r"\@writefile{toc}{\contentsline {section}", encoding="utf-8"
        )
    (paper / "one.pdf").write_bytes(made[:100])
    (paper / "one.tex").write_text(TEXT + "%\n", encoding="utf-8")
    plain = ["latexmk", "-norc", "-pdf", "-halt-on-error", "-interaction=nonstopmode", "one.tex"]
    assert subprocess.run(plain, cwd=paper, capture_output=True).returncode != 0
    assert make() == 0
    assert len((paper / "one.pdf").read_bytes()) == len(made)


@pytest.mark.parametrize("reference", [r"\ref{fig:none}", r"\cite{nobody}"])
def test_no_document_is_made_that_refers_to_nothing(paper, reference):
    (paper / "one.tex").write_text(
        TEXT.replace(r"\end{d", reference + "\n\\end{d"), encoding="utf-8"
    )
    assert make() != 0 and not (paper / "one.pdf").exists()


def test_an_error_in_the_text_is_an_error_still(paper):
    (paper / "one.tex").write_text(TEXT.replace(r"\section", r"\sectoin"), encoding="utf-8")
    assert make() != 0
