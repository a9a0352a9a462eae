"""Coded files by address: the mean test error of every setting of a codec on a cell's networks.

They are thousands, so that the report's table of numbers does not have them.
"""

from brainside.audit import provenance
from brainside.base import paths
from brainside.base.budgets import tag
from brainside.report.number import Origin, of_file
from brainside.study.study import Study


def files(study: Study) -> dict[str, tuple[str, Origin]]:
    """The error in per cent, and what it is of, by address; nothing without a table of codings."""
    path = paths.filled(paths.TABLE, study=study.name, table="codings")
    known = {}
    for _, row in provenance.rows(path):
        if int(row["n"]):
            cell, budget = (row["task"], row["method"]), float(row["budget"])
            file = f"{row['codec']} {row['setting']}".strip()
            origin = Origin("file", *cell, budget, table="codings", column="test_error", entry=file)
            error = f"{100 * float(row['test_error']):.2f}"
            known[of_file(*cell, tag(budget), file)] = error, origin
    return known
