"""Checks of claims about the graphs that masks are, each with a verdict (see `checks`)."""

import numpy as np

from brainside.analysis import parts, statistics, verdicts
from brainside.analysis.evidence import Evidence
from brainside.analysis.findings import Finding
from brainside.analysis.missing import Missing
from brainside.analysis.statistics import Interval
from brainside.analysis.verdicts import Decision, above, below
from brainside.base.budgets import share
from brainside.base.errors import Refused


def labels_per_edge(
    evidence: Evidence,
    *,
    tasks: list[str],
    method: str,
    budgets: list[float],
    order: str,
    least: float,
    most: float,
) -> Finding:
    """Whether exact distance labels have from `least` to `most` entries per edge of a mask's graph.

    The labels are those of searches in this `order` of the vertices. Each cell is judged by itself,
    over all the seeds that the config wants; the estimate is the first cell's. Raises Missing where
    labels have not been counted, and Refused where none are in this order.
    """
    cells = [_per_edge(evidence, task, method, b, order) for task in tasks for b in budgets]
    decision = verdicts.all_hold([
        *(Decision(above(cell, least), below(cell, least)) for cell in cells),
        *(Decision(below(cell, most), above(cell, most)) for cell in cells),
    ])  # fmt: skip
    found = ", ".join(f"{cell.mean:.2f} [{cell.low:.2f}, {cell.high:.2f}]" for cell in cells)
    at = ", ".join(share(budget) for budget in budgets)
    words = f"entries per edge at {at}, {order} order: {found}"
    good, bad = ((least, most),), ((-np.inf, least), (most, np.inf))
    names = [share(budget) for _ in tasks for budget in budgets]
    by_cell = tuple(
        parts.part(cell, good, bad, parts.PER_EDGE, name=f"at {name}")
        for cell, name in zip(cells, names, strict=True)
    )
    return Finding(decision, cells[0], statistics.detectable(cells[0]), words, by_cell)


def _per_edge(evidence: Evidence, task: str, method: str, budget: float, order: str) -> Interval:
    """Entries per edge over the seeds of a cell."""
    wanted = evidence.to_plot.get(("labels", task, method, budget), [])
    counted = evidence.plotdata
    cell = {"kind": "labels", "task": task, "method": method, "budget": budget}
    for column, value in cell.items():
        counted = counted[counted[column] == value]
    if not wanted or {*counted["seed"]} != {*wanted}:
        raise Missing(f"{method} on {task} at {share(budget)}: labels missing")
    sizes = counted[counted["order"] == order]
    if len(sizes) != len(wanted):
        raise Refused(f"claims: {method} on {task}: labels have no order {order!r}")
    return statistics.interval((sizes["entries"] / sizes["edges"]).to_numpy(float))
