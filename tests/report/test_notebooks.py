"""The notebook runs on whatever records there are, and gives the same bytes."""

import shutil

import nbformat
import pytest
from helpers.project import ROOT

from brainside.base.errors import Refused
from brainside.report import notebooks

SOURCE = ROOT / "workflow/notebooks/questions.ipynb"


def texts(blob: bytes) -> dict[str, str]:
    """By cell, the text that it displays."""
    cells = nbformat.reads(blob.decode(), as_version=4).cells
    return {
        cell.id: "\n".join(output["data"]["text/markdown"] for output in cell.outputs)
        for cell in cells
        if cell.cell_type == "code" and cell.outputs
    }


def test_it_is_kept_as_the_records_give_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    blob = notebooks.execute(SOURCE)
    said, kept = texts(blob), (ROOT / "results/notebooks/questions.ipynb").read_bytes()
    if texts(kept)["records"] == said["records"]:  # else records are new, and it is out of date
        assert kept == blob
    for answer in ("answer-1", "answer-2", "answer-3"):
        assert "mnist/mlp1000 |" in said[answer] and "**" in said[answer]
    assert said["alexnet-count"].startswith("61,100,840 parameters")
    assert "Arithmetic, not results" in said["alexnet-budgets"]


def test_without_records_it_says_so(tmp_path, monkeypatch):
    for name in ("config", "workflow"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "Snakefile", tmp_path)
    monkeypatch.chdir(tmp_path)
    said = texts(notebooks.execute(SOURCE))
    assert said["records"].startswith("0 of ")
    assert all("No answer yet" in said[f"answer-{n}"] for n in (1, 2, 3))


def made(**metadata) -> nbformat.NotebookNode:
    """An executed notebook with what differs from run to run."""
    stamps = {"execution": {"iopub.execute_input": "2026-01-01T00:00:00Z"}}
    output = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=2)
    cells = [
        nbformat.v4.new_code_cell(
            "1 + 1", id="sum", metadata=stamps, outputs=[output], execution_count=2
        ),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def test_tidying_takes_out_what_differs_from_run_to_run_and_nothing_else():
    blob = notebooks.tidy(made(language_info={"name": "python", "version": "3.11.7"}))
    assert b"2026" not in blob and b"3.11" not in blob
    (cell,) = nbformat.reads(blob.decode(), as_version=4).cells
    assert (cell.source, cell.id, cell.outputs[0]["data"]["text/plain"]) == ("1 + 1", "sum", "2")
    assert notebooks.tidy(nbformat.reads(blob.decode(), as_version=4)) == blob


def test_a_cell_that_fails_is_refused_by_its_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    broken = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(broken, "broken.ipynb")
    with pytest.raises(Refused, match="broken.ipynb: ZeroDivisionError"):
        notebooks.execute(notebooks.Path("broken.ipynb"))
