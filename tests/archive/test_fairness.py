"""What a claim of the paper study compares was trained with equal effort."""

from collections import defaultdict

from helpers.project import ROOT

from brainside.study import claims, study


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
