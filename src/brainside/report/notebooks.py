"""Notebooks that are kept executed: the same records, the same bytes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from brainside.base.errors import Refused
from brainside.base.paths import NOTEBOOK_SOURCES, NOTEBOOKS


def execute(path: Path) -> bytes:
    """Run a notebook in a kernel of its own, in the current folder, and return it tidied.

    Raises Refused where a cell fails.
    """
    notebook = read(path)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3")
    try:  # the kernel's standard error has nothing but its own remarks
        client.execute(cwd=str(Path.cwd()), stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        raise Refused(f"{path}: {error.ename}: {error.evalue}") from None
    return tidy(notebook)


def again() -> Iterator[tuple[str, bool]]:
    """Execute every notebook again: a line for each, and whether it is the one that is kept."""
    for source in sorted(NOTEBOOK_SOURCES.glob("*.ipynb")):
        kept = NOTEBOOKS / source.name
        same = kept.exists() and kept.read_bytes() == execute(source)
        yield f"{kept}: executed again", same


def read(path: Path) -> NotebookNode:
    """A notebook's cells; Refused where the file is none."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        reason = next(iter(str(error).splitlines()), "unreadable")
        raise Refused(f"{path}: not a notebook ({reason})") from None


def tidy(notebook: NotebookNode) -> bytes:
    """An executed notebook without times, counts and versions."""
    cells = [_cell(cell) for cell in notebook.cells]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"}}  # fmt: skip
    plain = nbformat.from_dict(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    )
    return (nbformat.writes(plain) + "\n").encode()


def _cell(cell: NotebookNode) -> dict[str, Any]:
    kept = {"cell_type": cell.cell_type, "id": cell.id, "metadata": {}, "source": cell.source}
    if cell.cell_type != "code":
        return kept
    outputs = [dict(output) for output in cell.outputs]
    for output in outputs:
        if "execution_count" in output:
            output["execution_count"] = None
    return {**kept, "execution_count": None, "outputs": outputs}
