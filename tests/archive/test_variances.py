"""The variances that intervals are simulated with are those of the archived records."""

import numpy as np
import pytest
from helpers.project import ROOT
from helpers.variances import COMPONENTS

from brainside.analysis.evidence import Evidence
from brainside.analysis.statistics import mean_squares
from brainside.base.budgets import parse_budget
from brainside.study import study
from brainside.study.claims import read


@pytest.fixture
def evidence(monkeypatch):
    monkeypatch.chdir(ROOT)
    return Evidence(study.load("config/paper"))


@pytest.mark.parametrize("claim", COMPONENTS)
def test_variances(evidence, claim):
    (check,) = next(c["checks"] for c in read(evidence.study) if c["id"] == claim)
    task, method = check["tasks"][0], check["method"]
    against = check.get("against", "reference")
    budgets = [parse_budget(b, claim) for b in check["budgets"]]
    seeds = evidence.common_seeds(task, [method, against], budgets)
    differences = np.mean(
        [
            evidence.wrong(task, method, budget, seeds).astype(float)
            - evidence.wrong(task, against, budget, seeds)
            for budget in budgets
        ],
        axis=0,
    )
    (of_seeds, of_images, both), _ = mean_squares(differences)
    n, images = differences.shape
    parts = [(of_seeds - both) / images, (of_images - both) / n, both]
    found = np.sqrt(np.maximum(parts, 0))
    assert found == pytest.approx(COMPONENTS[claim], rel=0.05, abs=5e-4)
