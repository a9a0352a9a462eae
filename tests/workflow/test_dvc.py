"""What DVC shows to people: counts of verdicts, and a plot whose names are those of the tables."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest
import yaml
from helpers.project import ROOT

from brainside.analysis.claims import counts
from brainside.report import readme

TABLES = ROOT / "results/tables/paper"
TEMPLATE = ROOT / ".dvc/plots/error_by_budget.json"


@pytest.fixture(scope="module")
def metrics() -> dict[str, int]:
    return json.loads((TABLES / "metrics.json").read_text(encoding="utf-8"))


def dvc(*arguments: str) -> dict:
    """What a command of DVC says of this folder, as JSON."""
    command = [sys.executable, "-m", "dvc", *arguments, "--json"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def test_the_metrics_are_few_and_count_every_claim_once(metrics):
    judged = pd.read_csv(TABLES / "claims.csv", keep_default_na=False)
    assert metrics == counts(judged) and len(metrics) <= 8
    assert metrics["claims"] == sum(metrics.values()) - metrics["claims"] == len(judged)


def test_the_metrics_are_the_last_row_of_the_readmes_scoreboard(metrics):
    (row,) = [
        line
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if "| all |" in line
    ]
    assert [int(cell) for cell in row.split("|")[2:-1]] == list(metrics.values())


def test_a_verdict_on_other_networks_counts_with_the_others():
    verdicts = ["reproduced", "holds here", "does not hold here", "mixed", "pending"]
    counted = counts(pd.DataFrame({"verdict": verdicts}))
    assert counted == {"claims": 5, "reproduced": 2, "not reproduced": 1, "mixed": 1,
                       "undecided": 0, "pending": 1}  # fmt: skip


def test_every_picture_of_the_documents_is_one_that_the_audit_compares():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    outs = {name for out in stages["study"]["outs"] for name in out}
    shown = set()
    for text in (ROOT / "README.md", *ROOT.glob("docs/*.md")):
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text.read_text(encoding="utf-8")):
            shown.add(str((text.parent / name).resolve().relative_to(ROOT)))
    assert shown and shown - {str(readme.PICTURE)} <= outs


def test_the_plots_template_names_tasks_and_methods_that_have_records():
    (filters,) = [json.loads(TEMPLATE.read_text(encoding="utf-8"))["transform"][:2]]
    chosen = {one["filter"]["field"]: one["filter"]["oneOf"] for one in filters}
    cells = pd.read_csv(TABLES / "summary.csv")
    for task in chosen["task"]:
        known = cells[(cells["task"] == task) & (cells["n"] > 0)]["method"]
        assert set(chosen["method"]) <= set(known), task


def test_dvc_shows_the_metrics_and_fills_the_template(metrics):
    shown = dvc("metrics", "show")
    (file,) = shown[""]["data"].values()
    assert file["data"] == metrics
    drawn = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    named = [name for plot in drawn if isinstance(plot, dict) for name in plot]
    plots = dvc("plots", "show", *named)
    assert not plots.get("errors") and len(plots["data"]) == len(named) == 1
    assert all("<DVC_" not in made["content"] for (made,) in plots["data"].values())
