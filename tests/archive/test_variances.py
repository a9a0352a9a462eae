"""The variances that intervals are simulated with are those of the archived records."""

import numpy as np
import pytest
from helpers.project import ROOT
from helpers.variances import COMPARISONS

from brainside.analysis.evidence import Evidence
from brainside.analysis.statistics import mean_squares
from brainside.base.budgets import parse_budget
from brainside.study import study


@pytest.fixture
def evidence(monkeypatch):
    monkeypatch.chdir(ROOT)
    return Evidence(study.load("config/paper"))


@pytest.mark.parametrize("name", COMPARISONS)
def test_variances(evidence, name):
    of = COMPARISONS[name]
    budgets = [parse_budget(budget, name) for budget in of.budgets]
    seeds = evidence.common_seeds(of.task, [of.method, of.against], budgets)[: of.seeds]
    differences = np.mean(
        [
            evidence.wrong(of.task, of.method, budget, seeds).astype(float)
            - evidence.wrong(of.task, of.against, budget, seeds)
            for budget in budgets
        ],
        axis=0,
    )
    of_seeds, of_images, both = mean_squares(differences)
    n, images = differences.shape
    parts = [(of_seeds - both) / images, (of_images - both) / n, both]
    assert n == of.seeds
    found = np.sqrt(np.maximum(parts, 0))
    assert found == pytest.approx(of.parts, rel=0.05, abs=5e-4)
