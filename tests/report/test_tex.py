"""What the report prints of claims, searches and costs follows from their tables and the config."""

import json
import re
from pathlib import Path

import pytest
from helpers.project import ROOT

from brainside.base.budgets import ratio
from brainside.report.tex import claims, latex, protocol
from brainside.study import costs, study

TITLES = {"magnitude": "magnitude", "magnitude-l2": "magnitude, L2", "hashednet": "HashedNet"}


def claim(verdict: str, **changes) -> dict:
    return {
        "id": "one", "paper": "Doe 2027", "statement": "It is better.", "paper_value": "1 % of 3",
        "confidence": "unconfirmed", "ours": "magnitude-l2 minus hashednet: -0.42 [-0.50, +0.01]",
        "n": 5, "detectable": 0.0031, "verdict": verdict, "explanation": "Because.",
        "checks": [{"check": "less_error", "tasks": ["a/b"], "method": "magnitude-l2",
                    "against": "hashednet", "budgets": ["1/8", "1/64"]}], **changes,
    }  # fmt: skip


def test_signs_quotes_and_special_characters_are_those_of_print():
    assert latex.escaped('"x_1" is -0.5 [+1, 2], 3 % of f″') == (
        "``x\\_1'' is $-$0.5 [$+$1, 2], 3\\,\\% of f$''$"
    )
    assert latex.escaped("magnitude-l2, E5-2 and 1e-3") == "magnitude-l2, E5-2 and 1e-3"


def test_budgets_that_are_no_whole_ratio_are_printed_as_they_are():
    assert [ratio(b) for b in (1, 1 / 500, 0.75, 0.21, 1 / 3)] == [
        "1", "1/500", "0.75", "0.21", "1/3"]  # fmt: skip


@pytest.mark.parametrize("verdict", ["reproduced", "not reproduced", "undecided", "holds here"])
def test_an_answer_has_verdict_numbers_and_seeds_and_names_of_methods_as_titles(verdict):
    said = claims.answer(claim(verdict), TITLES)
    assert rf"\emph{{{verdict}}}" in said
    assert "magnitude, L2 minus HashedNet: $-$0.42 [$-$0.50,~$+$0.01]; 5 seeds" in said
    assert ("0.31 points" in said) == (verdict == "undecided")


def test_networks_that_were_counted_are_not_called_seeds():
    checks = [{"check": "correlated", "tasks": ["a/b"], "method": "x", "budgets": ["1/8"]}]
    said = claims.answer(claim("undecided", n=24, checks=checks), TITLES)
    assert "24 networks" in said and "seeds" not in said


def test_a_claim_without_records_has_no_number():
    said = claims.answer(claim("absent", ours="", n=0, detectable=""), TITLES)
    assert "pending" in said
    assert not re.search(r"\d", said)


def test_what_failed_is_listed_with_its_numbers_and_explained_with_its_paper(monkeypatch):
    found = [claim("reproduced", statement="First."), claim("not reproduced", statement="Second."),
             claim("undecided", statement="Third.")]  # fmt: skip
    monkeypatch.setattr(claims, "judged", lambda _: found)
    whole = study.load(ROOT / "config/quick")
    made = claims.files(whole)
    assert "Second." in made["claims_failed"]
    assert "$-$0.42 [$-$0.50,~$+$0.01], with 5 seeds" in made["claims_failed"]
    assert made["explanations_doe-2027"].count("Because.") == 3
    assert not {"First.", "Third."} & set(re.findall(r"\w+\.", made["claims_failed"]))
    assert "Third." in made["claims_undecided"]
    assert r"all & 3 & 1 & 1 & 1 & 0 \\" in made["verdicts"]
    assert made["claims_doe-2027"].count(r"\unconfirmed{1\,\% of 3 (unconfirmed)}") == 3


def test_every_job_of_the_paper_study_is_counted_once_in_an_experiment(monkeypatch):
    monkeypatch.chdir(ROOT)
    whole = study.load("config/paper")
    experiments = costs.by_experiment(whole)
    assert "all" not in experiments  # what no experiment names counts for the one that needs it
    jobs = [job for groups in experiments.values() for group in groups.values() for job in group]
    assert len({job.cost for job in jobs}) == len(jobs)
    assert {job.cost for job in jobs} >= {sweep.cost for sweep in whole.sweeps}


def test_every_search_of_the_paper_study_is_in_the_table_of_spaces(monkeypatch):
    monkeypatch.chdir(ROOT)
    whole = study.load("config/paper")
    text = protocol.files(whole)["searches"]
    titles = {whole.config["methods"][tuning.method]["title"] for tuning in whole.searches}
    assert all(latex.escaped(title) in text for title in titles)


def errors_of_trials(task: str, method: str) -> dict[tuple, float]:
    (path,) = Path("results/tuned/paper", task).glob(f"{method}.*.json")
    trials = [t for t in json.loads(path.read_text())["trials"] if t["budget"] == 0.125]
    return {tuple(trial["settings"].items()): trial["valid_error"] for trial in trials}


def test_trials_with_the_same_settings_are_compared_in_pairs(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = protocol.definitions(study.load("config/paper"))
    errors = {m: errors_of_trials("rot/mlp1000", m) for m in ("obd", "magnitude-l2")}
    for one, other in [("obd", "magnitude-l2"), ("magnitude-l2", "obd")]:
        assert errors[one].keys() == errors[other].keys()
        above = sum(errors[one][settings] > errors[other][settings] for settings in errors[one])
        said = found[f"rot/mlp1000/{one}/tuned/0.125/above/{other}"]
        assert said == f"{above} of {len(errors[one])}"
    # other ranges, or other lengths, draw other settings
    assert not any(name.startswith("rot/mlp1000/obd/tuned/0.125/above/hashed") for name in found)


def test_the_report_names_only_numbers_and_tables_that_are_generated():
    sources = [ROOT / "paper/report.tex", *(ROOT / "paper/sections").glob("report_*.tex")]
    generated = ROOT / "paper/generated/paper"
    names = set(re.findall(r"\\defresult\{(.*?)\}", (generated / "numbers.tex").read_text()))
    text = "\n".join(Path(source).read_text() for source in sources)
    optional = set(re.findall(r"\\whentable\{(.*?)\}", text))
    tables = set(re.findall(r"generated/paper/([\w-]+)", text)) - optional
    assert set(re.findall(r"\\result\{([^#}]*)\}", text)) <= names
    assert tables <= {path.stem for path in generated.glob("*.tex")}
