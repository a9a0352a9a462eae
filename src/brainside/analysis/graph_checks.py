"""Checks of claims about the graphs that masks are, each with a verdict (see `checks`)."""

from brainside.analysis import statistics, verdicts
from brainside.analysis.evidence import Evidence
from brainside.analysis.findings import Finding
from brainside.analysis.verdicts import Decision, above, below


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

    With vertices searched in an `order`; the mean over the cells, by seed. Raises LookupError
    where the labels of a cell have not been counted.
    """
    counted = evidence.plotdata
    cells = counted[(counted["kind"] == "labels") & (counted["method"] == method)]
    cells = cells[cells["task"].isin(tasks) & cells["budget"].isin(budgets)]
    sizes = cells[cells["order"] == order].set_index(["seed", "task", "budget"])
    per_edge = (sizes["entries"] / sizes["edges"]).unstack([1, 2])
    if per_edge.shape[1] < len(tasks) * len(budgets) or per_edge.isna().any(axis=None):
        raise LookupError(f"{method} on {', '.join(tasks)}: labels missing")
    total = statistics.interval(per_edge.mean(axis=1).to_numpy(float))
    decision = verdicts.all_hold([
        Decision(above(total, least), below(total, least)),
        Decision(below(total, most), above(total, most)),
    ])  # fmt: skip
    words = f"entries per edge, {order} order: {total.mean:.2f} [{total.low:.2f}, {total.high:.2f}]"
    return Finding(decision, total, statistics.detectable(total), words)
