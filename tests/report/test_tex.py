"""What the report prints of claims and codings, and the numbers that it is made with."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
from helpers.project import ROOT

from brainside.analysis.measures import MEASURES
from brainside.base.budgets import ratio
from brainside.base.errors import Refused
from brainside.report import number
from brainside.report.number import Number, Origin
from brainside.report.tex import answers, cells, changes, claims, latex
from brainside.report.tex.codings import Coded, families, numbers
from brainside.report.tex.numbers import ordered
from brainside.study import study

ENDS = {f"{name}_{end}": 1.0 for name in MEASURES for end in ("low", "high")}
TITLES = {"magnitude": "magnitude", "magnitude-l2": "magnitude, L2", "hashednet": "HashedNet"}


def claim(verdict: str, **changes) -> dict:
    return {
        "id": "one", "paper": "Doe 2027", "statement": "It is better.", "paper_value": "1 % of 3",
        "confidence": "unconfirmed", "ours": "magnitude-l2 minus hashednet: -0.42 [-0.50, +0.01]",
        "low": -0.005, "high": 0.0001, "n": 5, "detectable": 0.0031, "p": 0.01, "p_holm": 0.02,
        "alone": verdict, "verdict": verdict, "explanation": "Because.",
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


@pytest.mark.parametrize(
    "verdict", ["reproduced", "not reproduced", "mixed", "undecided", "holds here"]
)
def test_an_answer_has_verdict_numbers_and_seeds_and_names_of_methods_as_titles(verdict):
    said = answers.verdict_sentence(claim(verdict), TITLES)
    verb = "" if verdict == "holds here" else "is "
    assert said.startswith(f"{verb}{verdict} (")
    assert (
        r"\emph{magnitude, L2} minus \emph{HashedNet}: $-$0.42 [$-$0.50,~$+$0.01]; 5 seeds" in said
    )
    assert ("0.31 points" in said) == (verdict == "undecided")


def test_a_predicate_makes_a_sentence_of_a_claim_and_every_verdict():
    said = {v: answers.predicate(claim(v)) for v in claims.VERDICTS}
    assert said["does not hold here"] == "does not hold here" and said["holds here"] == "holds here"
    assert said["pending"] == "is pending" and said["mixed"] == "is mixed"


def test_the_difference_of_a_claim_is_in_points_and_only_of_errors():
    found = {"low": 0.0082, "high": 0.041}
    assert answers.difference(claim("mixed", **found)) == "$+2.46$ [$+0.82$, $+4.10$]"
    assert answers.difference(claim("absent", low="", high="")) == latex.ABSENT
    ratio = [{"check": "less", "tasks": ["a/b"], "method": "x", "budgets": ["1/8"]}]
    assert answers.difference(claim("mixed", **found, checks=ratio)) == latex.ABSENT


def test_an_explanation_refers_to_figures_of_the_study_by_their_numbers():
    text = latex.escaped("As it dies (figure dead_units), and in the paper (figure 5) too.")
    said = claims.with_figures(text, ["dead_units"])
    assert said == r"As it dies (figure~\ref{fig:dead_units}), and in the paper (figure 5) too."
    explained = claims._explanations([claim("mixed", explanation="Because.")], [])
    assert (
        "one" not in re.findall(r"\w+", explained) and r"\emph{It is better}: mixed." in explained
    )


def test_counts_have_commas_and_no_decimals_whatever_their_type():
    assert [latex.count(number) for number in (235200.0, 2578, 0)] == ["235,200", "2,578", "0"]


def test_networks_that_were_counted_are_not_called_seeds():
    checks = [{"check": "correlated", "tasks": ["a/b"], "method": "x", "budgets": ["1/8"]}]
    said = answers.verdict_sentence(claim("undecided", n=24, checks=checks), TITLES)
    assert "24 networks" in said and "seeds" not in said


def test_a_claim_without_records_has_no_number():
    said = answers.verdict_sentence(
        claim("pending", ours="", n=0, detectable="", p="", p_holm=""), TITLES
    )
    assert "pending" in said
    assert not re.search(r"\d", said)


def test_what_failed_is_listed_with_its_numbers_and_explained_with_its_paper(monkeypatch):
    judged = [claim("reproduced", statement="First."), claim("not reproduced", statement="Second."),
              claim("undecided", statement="Third."),
              claim("mixed", statement="Fourth.")]  # fmt: skip
    monkeypatch.chdir(ROOT)
    texts = claims.files(study.load("config/quick"), judged)
    assert "Second." in texts["claims_failed"]
    assert "$-$0.42 [$-$0.50,~$+$0.01], with 5 seeds" in texts["claims_failed"]
    assert texts["explanations_doe-2027"].count("Because.") == 4
    assert r"\emph{Second}: not reproduced. Because.\par" in texts["explanations_doe-2027"]
    assert not {"First.", "Third.", "Fourth."} & set(re.findall(r"\w+\.", texts["claims_failed"]))
    assert "Third." in texts["claims_undecided"]
    assert "Fourth." in texts["claims_mixed"] and "Third." not in texts["claims_mixed"]
    assert r"all & 4 & 1 & 1 & 1 & 1 & 0 \\" in texts["verdicts"]
    assert texts["claims_doe-2027"].count(r"\unconfirmed{1\,\% of 3 (unconfirmed)}") == 4


def test_an_answer_about_several_tasks_says_on_how_many_and_not_each_difference():
    ours = "magnitude-l2 minus hashednet: a -0.42 [-0.50, +0.01], c +1.00 [0, 2]; below on 1 of 2"
    checks = [{"check": "less_error", "tasks": ["a/b", "c/d"], "budgets": ["1/8"]}]
    said = answers.verdict_sentence(claim("mixed", ours=ours, checks=checks), TITLES)
    assert r"minus \emph{HashedNet}: below on 1 of 2" in said and "0.42" not in said


def test_a_claim_that_its_papers_other_claims_leave_undecided_says_what_it_would_be_alone(
    monkeypatch,
):
    monkeypatch.chdir(ROOT)
    judged = claim("undecided", alone="reproduced", p=0.023, p_holm=0.069)
    assert "alone it would be reproduced, p = 0.023" in answers.verdict_sentence(judged, TITLES)
    texts = claims.files(study.load("config/quick"), [judged])
    assert "Alone it would be reproduced" in texts["claims_undecided"]
    assert "among the paper's claims p = 0.069" in texts["claims_undecided"]


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.048798, "0.049"), (0.05003, "0.05003"), (0.04996, "0.04996"), (0.0496, "0.0496"),
     (0.05, "0.05"), (0.31416, "0.31"), (0.00012, "0.00012"), (1.0, "1")],
)  # fmt: skip
def test_a_p_value_that_decides_is_not_rounded_to_the_level(p, text):
    assert answers.p_value(p) == text


def test_words_for_verdicts_are_inflected():
    judged = [claim("holds here"), claim("holds here"), claim("does not hold here")]
    assert claims.verdict_counts(judged) == "2 hold here, 1 does not hold here"
    judged = claim("undecided", alone="holds here", p=0.02, p_holm=0.06)
    assert "alone it would hold here, p = 0.02" in answers.verdict_sentence(judged, TITLES)


FORMER = """\
study: paper
rules: {margin: "Only above the margin, by 5 %."}
claims:
  one: {verdict: not reproduced, changed_by: [margin]}
  two: {verdict: reproduced}
"""


@pytest.fixture
def former(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    path = tmp_path / "former.yaml"
    path.write_text(FORMER, encoding="utf-8")
    return path


def test_verdicts_that_changed_are_listed_with_the_rule(former):
    judged = [claim("undecided"), claim("reproduced", id="two"), claim("mixed", id="three")]
    texts = changes.files("paper", judged, former)
    lines = texts["changed_verdicts"].splitlines()[1:]
    assert lines == [r"\texttt{one} & not reproduced & undecided & margin \\"]
    assert r"margin & Only above the margin, by 5\,\%. \\" in texts["changed_rules"]
    assert changes.files("quick", judged, former) == {}
    assert changes.files("paper", judged, former.with_name("none.yaml")) == {}


def test_a_table_of_changed_verdicts_without_any_says_so(former):
    former.write_text(FORMER.replace(", changed_by: [margin]", ""), encoding="utf-8")
    texts = changes.files("paper", [claim("not reproduced")], former)
    assert changes.UNCHANGED in texts["changed_verdicts"]


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("two: {verdict: reproduced}", "two: {verdict: mixed}", "was mixed and is reproduced"),
    ("not reproduced, ch", "undecided, ch", "was undecided and is undecided"),
    ("[margin]", "[taste]", "rule taste is not among the rules"),
])  # fmt: skip
def test_a_verdict_that_changed_without_a_rule_is_refused(former, old, new, reason):
    former.write_text(FORMER.replace(old, new), encoding="utf-8")
    with pytest.raises(Refused, match=rf"former.yaml:\d: .*{reason}"):
        changes.files("paper", [claim("undecided"), claim("reproduced", id="two")], former)


@pytest.mark.parametrize(("low", "high", "verdict"), [
    (-0.1, 0.1, "no worse"), (0.05, 0.15, "worse, within the margin"), (-0.1, 0.3, "undecided"),
    (0.1, 0.3, "worse, perhaps within the margin"), (0.25, 0.3, "worse"),
])  # fmt: skip
def test_a_cell_beside_its_reference(low, high, verdict):
    cell = {"task": "a/b", "method": "x", "budget": 0.5, "difference": 0.1, "low": low,
            "high": high, "margin": 0.2, "no_worse": high < 0.2, "worse": low > 0}  # fmt: skip
    tables = SimpleNamespace(
        comparisons=pd.DataFrame([cell]),
        summary=pd.DataFrame([{**cell, **dict.fromkeys(MEASURES, 1.0), **ENDS}]),
    )
    numbers = {number.address: number.text for number in cells.numbers(tables)}
    assert numbers["a/b/x/0.5/versus-reference/verdict"] == verdict


def test_numbers_of_claims_come_from_the_table_of_claims():
    judged = [
        claim("reproduced"),
        claim("pending", id="two", ours="", n=0, detectable="", p="", p_holm=""),
    ]
    numbers = {number.address: number for number in claims.numbers(judged, TITLES)}
    assert numbers["claims/verdicts"].text == "1 reproduced, 1 pending"
    assert numbers["papers/doe-2027/verdicts"].origin.entry == "Doe 2027"
    assert numbers["claims/two/verdict"].text == "pending"
    assert numbers["claims/two/verdict"].origin == Origin("claim", table="claims", entry="two")


def some(address: str) -> Number:
    origin = Origin("measure", "a/b", "x", 1 / 3, table="summary", column="test_error")
    return Number(address, '1, "2" \\absent', origin)


def test_numbers_are_read_as_they_were_written_line_by_line(tmp_path):
    numbers = [some("a"), Number("b", "3", Origin("study"))]
    path = tmp_path / "numbers.csv"
    path.write_text(number.table(numbers), encoding="utf-8")
    assert number.read(path) == {"a": (2, numbers[0]), "b": (3, numbers[1])}
    assert number.read(tmp_path / "none.csv") == {}
    path.write_text("address,text,kind\na,1,measure\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"numbers.csv:2: not a number"):
        number.read(path)
    path.write_text(number.table(numbers).replace(",study,", ",rumour,"), encoding="utf-8")
    with pytest.raises(Refused, match=r"numbers.csv:3: not a number \(unknown kind 'rumour'\)"):
        number.read(path)


def test_two_numbers_cannot_have_one_address():
    assert [one.address for one in ordered([some("b"), some("a")])] == ["a", "b"]
    with pytest.raises(ValueError, match="address a"):
        ordered([some("a"), some("a")])


def test_codecs_belong_to_the_family_whose_fields_they_have():
    codecs = {"few": {"positions": "relative5-huffman", "values": "kmeans", "retrain": 2},
              "shared-zeta": {"positions": "zeta", "values": "kmeans"},
              "ours": {"values": "uniform"}, "standard": {"kind": "nnr"}}  # fmt: skip
    assert families(codecs) == {
        "deep-compression": ["few"], "adaptive": ["ours"], "nncodec": ["standard"]}  # fmt: skip


def test_the_smallest_file_is_of_any_method_and_is_chosen_by_complete_validation_errors():
    names = ["task", "method", "budget", "codec", "setting", "n", "seeds_expected", "bytes",
             "bits_per_weight", "valid_error", "test_error"]  # fmt: skip
    rows = [
        ("a/b", "pruned", 0.1, "raw", "", 3, 3, 900.0, 4.0, 0.010, 0.020),
        ("a/b", "hashed", 0.1, "fine", "step=1", 3, 3, 800.0, 3.2, 0.011, 0.021),
        ("a/b", "hashed", 0.1, "fine", "step=2", 3, 3, 500.0, 2.0, 0.013, 0.010),
        ("a/b", "pruned", 0.1, "fine", "step=1", 2, 3, 400.0, 1.6, 0.010, 0.020),
        ("a/b", "conv", 0.1, "raw", "", 3, 3, 300.0, 1.2, 0.010, 0.020),
        ("c/d", "pruned", 0.1, "raw", "", 3, 3, 200.0, 0.8, 0.010, 0.020),
    ]
    asked = {"mlp": {"tasks": ["a/b"], "error": 0.0119, "without": ["conv"]},
             "all": {"tasks": ["a/b", "c/d"], "error": 0.0119},
             "none": {"tasks": ["a/b"], "error": 0.001}}  # fmt: skip
    frame, empty = pd.DataFrame(rows, columns=names), pd.DataFrame()
    titles = {"pruned": "Pruned", "hashed": "Hashed, λ = 1_0", "conv": "Conv"}
    found = {n.address: n for n in numbers(
        Coded([], {}, pd.Series(dtype=float), asked, titles, frame, empty, empty))}  # fmt: skip
    texts = {address.removeprefix("smallest/"): n.text for address, n in found.items()}
    assert texts["mlp/bytes"] == "800" and texts["mlp/method"] == r"Hashed, $\lambda$ = 1\_0"
    assert texts["mlp/setting"] == "fine step=1" and texts["mlp/test-error"] == "2.10"
    assert texts["all/bytes"] == "200" and texts["all/budget"] == "1/10"
    assert {text for name, text in texts.items() if name.startswith("none/")} == {latex.ABSENT}
    origin = found["smallest/mlp/valid-error"].origin
    assert (origin.kind, origin.task, origin.method, origin.column) == (
        "smallest", "a/b", "hashed", "valid_error")  # fmt: skip
