"""One entry of a config is enough for each baseline: from the entry to a record that is whole."""

import pytest
import torch
from helpers import tiny
from helpers.project import rows_of
from helpers.tiny import recipe, tiny_task

from brainside.base.errors import Refused
from brainside.methods.contract import find
from brainside.networks.parameters import split
from brainside.representations import checkpoint

TRAINED, KEPT = {"reference": True}, {"recipe": {"epochs": 0}}
ENTRIES = {
    "snip": {"function": "lee2019snip.sweep", "params": {"images": 100}},
    "grasp": {"function": "wang2020grasp.sweep", "params": {"images": 100, "temperature": 200}},
    "synflow": {"function": "tanaka2020synflow.sweep", "params": {"rounds": 20}},
    "obs": {"function": "hassibi1993obs.sweep", **TRAINED, **KEPT,
            "params": {"iterative": False, "images": 10, "damping": 0.001, "every": 4000}},
    "obs-trajectory": {"function": "hassibi1993obs.sweep", **TRAINED,
                       "schedule": ["7/8", "3/4", "5/8"], "params": {
                           "iterative": True, "images": 10, "damping": 0.001, "every": 4000}},
    "obc": {"function": "frantar2022obc.sweep", **TRAINED, **KEPT,
            "params": {"ranking": "global", "images": 100, "damping": 0.01}},
    "svd": {"function": "denton2014svd.sweep", **TRAINED, "recipe": {"epochs": 1}},
    "qat": {"function": "courbariaux2015qat.sweep", **TRAINED, "params": {"bits": 2}},
}  # fmt: skip
BUDGETS = {"qat": [1], "svd": ["1/2"], "obs": ["3/4"], "obs-trajectory": ["7/8", "5/8"]}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_gives_a_record_with_checkpoints_that_decode(project, name):
    project.config["tasks"]["digits/mlp100"]["network"]["sizes"] = [784, 3, 10]
    project.config["methods"][name] = {"title": name, **ENTRIES[name]}
    budgets = BUDGETS.get(name, ["1/4", "1/16"])
    sweep = project.run(name, budgets=budgets)
    rows = rows_of(sweep)
    assert rows.keys() == set(sweep.budgets) and len(rows) == len(budgets)
    for budget, row in rows.items():
        stored = checkpoint.read(sweep.checkpoint(budget), budget=budget)
        weights = split(stored.network())[0].values()
        assert sum(int(w.count_nonzero()) for w in weights) <= 2382
        allowed = int(budget * 2382 + 1e-9)
        assert int(row["weights"]) == allowed or (name == "svd" and int(row["weights"]) <= allowed)
        assert all(torch.isfinite(w).all() for w in weights)
        assert 0 <= float(row["valid_error"]) <= 1


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if "reference" in entry])
def test_an_entry_without_its_start_is_refused_before_anything_is_trained(quiet, trainings, name):
    method, chosen = find(ENTRIES[name]["function"]), recipe(**ENTRIES[name].get("params", {}))
    budgets = [1.0] if name == "qat" else [1 / 2]
    with pytest.raises(Refused, match="`reference: true`"):
        tiny.run(method, tiny_task(), quiet, budgets, chosen)
    assert not trainings
