"""What a claim of the paper study compares was trained with equal effort."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product
from typing import Any

from helpers.project import ROOT

from brainside.base.budgets import parse_budget
from brainside.study import claims, study

SECOND_PHASE = ("Spielman 2008", "Rate-aware masks", "Cohen 2003", "Ramanujan 2020",
                "Layers as graphs, questions")  # fmt: skip
# Claims of the second phase whose arms are not trained for as many epochs, and why.
UNEQUAL = {"tickets-behind-pruning": "a ticket is trained from scratch, for longer than the other"}


def test_what_a_check_compares_on_the_same_way_down_retrains_as_long_at_each_step(monkeypatch):
    """An arm that is added beside another needs the task's override of its epochs, too."""
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper")
    epochs = {}
    for sweep in paper.sweeps:
        entry = sweep.spec["method"]
        if "schedule" in entry:
            recipe = {**sweep.spec["task"]["recipe"], **entry.get("recipe", {})}
            epochs[sweep.task, sweep.method] = tuple(entry["schedule"]), recipe["epochs"]
    unequal = []
    for claim in claims.read(paper):
        for check in claim["checks"]:
            for task in check["tasks"]:
                ways = defaultdict(set)
                for method in claims.methods_of(check):
                    if found := epochs.get((task, method)):
                        ways[found[0]].add(found[1])
                unequal += [(claim["id"], task) for each in ways.values() if len(each) > 1]
    assert unequal == []


def epochs_down_to(budget: float, spec: Mapping[str, Any]) -> int:
    """The epochs of a sweep's method that a network of a budget has had."""
    entry, task = spec["method"], spec["task"]
    epochs = int({**task["recipe"], **entry.get("recipe", {})}["epochs"])
    steps = [point for point in entry.get("schedule", [budget]) if point >= budget]
    return epochs * max(1, len(steps))


def test_arms_of_the_second_phase_are_trained_as_long(monkeypatch):
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper")
    specs = {(sweep.task, sweep.method): sweep.spec for sweep in paper.sweeps}
    unequal = set()
    for claim in claims.read(paper):
        for check in claim["checks"] if claim["paper"] in SECOND_PHASE else []:
            budgets = [parse_budget(budget, claim["id"]) for budget in check["budgets"]]
            for task, budget in product(check["tasks"], budgets):
                arms = [specs[task, method] for method in claims.methods_of(check)]
                if len({epochs_down_to(budget, spec) for spec in arms}) > 1:
                    unequal.add(claim["id"])
    assert unequal == {*UNEQUAL}
