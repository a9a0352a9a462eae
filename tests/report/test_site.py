"""The page to explore: its numbers are the tables', and it is one harmless file."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.pages import Elements, data, made, text_of
from helpers.project import ROOT, of, regenerate

from brainside.analysis import parts, statistics
from brainside.analysis.checks import CHECKS
from brainside.analysis.claims import ELSEWHERE
from brainside.analysis.evidence import Evidence
from brainside.analysis.parts import below
from brainside.analysis.readings import Tables
from brainside.analysis.statistics import Interval
from brainside.archive import mistakes
from brainside.audit import provenance
from brainside.base import paths
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.report import number
from brainside.report.figures.shared import appearance
from brainside.report.site import boards, claims, forest, looks, page, pictures, reasons, signs
from brainside.report.site.points import Point
from brainside.report.tex import answers
from brainside.report.tex.claims import rows_of
from brainside.study import study

HOSTILE = "</script><script>alert(1)</script>&amp;\"'<!-- "


def table(whole: study.Study, name: str) -> pd.DataFrame:
    path = paths.filled(paths.TABLE, study=whole.name, table=name)
    return pd.read_csv(path).fillna({"explanation": ""})


def test_every_error_and_size_is_that_of_the_tables(whole):
    texts = {address: one.text for address, (_, one) in number.read(number.file("quick")).items()}
    points = data(made(whole))["points"]
    assert len(points) == sum(table(whole, "summary")["n"] > 0) > 2
    for point in points:
        cell = point["trace"].removesuffix("/test-error")
        assert point["error"] == texts[point["trace"]]
        assert f"{point['low']}--{point['high']}" == texts[f"{cell}/test-error/interval"]
        assert str(point["n"]) == texts[f"{cell}/n"]
        for axis in ("weights", "multiply_adds", "epochs_total"):
            assert f"{point['sizes'][axis]:,}" == texts[f"{cell}/{axis.replace('_', '-')}"]
        assert f"{point['sizes']['bytes']:,}" == texts[f"{cell}/checkpoint-bytes"]


def test_every_dot_is_a_row_of_a_record(whole):
    rows = table(whole, "rows")
    for point in data(made(whole))["points"]:
        of_method = rows[rows["method"] == point["method"]]
        cell = of_method[of_method["budget"] == point["dots"][0]["budget"]]
        for dot, row in zip(point["dots"], cell.to_dict("records"), strict=True):
            assert dot["seed"] == row["seed"] and dot["bytes"] == row["checkpoint_bytes"]
            assert dot["error"] == f"{100 * row['test_error']:.2f}"


def test_every_trace_is_what_the_command_prints(whole, capsys):
    shown = data(made(whole))
    (whole.path.parent / "workflow.yaml").write_text("studies: [config/quick]\n", encoding="utf-8")
    addresses = {point["trace"] for point in shown["points"]}
    assert set(shown["traces"]) == {*addresses, "claims/pruning-costs-little/verdict"}
    for address in shown["traces"]:
        main(["trace", "--anywhere", address])
        assert capsys.readouterr().out == f"{text_of(shown, address)}\n"


def test_a_board_has_of_each_method_the_best_on_validation_within_the_limit(whole):
    shown, summary = data(made(whole)), table(whole, "summary")
    assert {board["axis"] for board in shown["boards"]} == set(boards.AXES)
    for board in shown["boards"]:
        column = "checkpoint_bytes" if board["axis"] == "bytes" else board["axis"]
        within = summary[(summary["n"] > 0) & (summary[column] <= board["limit"])]
        assert {shown["points"][row]["method"] for row, _ in board["rows"]} == {*within["method"]}
        for row, _ in board["rows"]:
            point = shown["points"][row]
            best = within[within["method"] == point["method"]]["valid_error"].astype(float).min()
            cells = within[within["valid_error"].astype(float) == best]
            assert any(f"{100 * float(e):.2f}" == point["error"] for e in cells["test_error"])


def test_a_rank_counts_the_methods_that_err_certainly_less(whole):
    shown = data(made(whole))
    by_network = {
        (s.method, s.seed, f"{budget:.6g}"): wrong
        for s in whole.recorded()
        for budget, wrong in mistakes.read(s.path).items()
    }

    def wrong(point: dict) -> np.ndarray:
        dots = [(dot["seed"], f"{dot['budget']:.6g}") for dot in point["dots"]]
        return np.stack([by_network[point["method"], *dot] for dot in dots])

    board = max(shown["boards"], key=lambda board: len(board["rows"]))
    points = [shown["points"][row] for row, _ in board["rows"]]
    for point, (_, rank) in zip(points, board["rows"], strict=True):
        others = [other for other in points if other is not point]
        intervals = [statistics.paired_difference(wrong(o), wrong(point)) for o in others]
        assert rank == 1 + sum(interval.high < 0 for interval in intervals)


def point(task: str, method: str, size: int, valid: float, wrong: list[int]) -> Point:
    """A network of 40 test images; of each seed the number of mistakes is given."""
    mistakes = {seed: np.arange(40) < count for seed, count in enumerate(wrong)}
    error = statistics.interval(np.array(wrong) / 40)
    return Point(task, method, 0.1, "", "", len(wrong), 2, valid, error, {"bytes": size}, [],
                 mistakes)  # fmt: skip


def test_on_a_data_set_a_method_may_choose_among_the_networks_of_its_tasks():
    found = [point("d/one", "a", 90, 0.2, [8, 8]), point("d/two", "a", 95, 0.1, [20, 20]),
             point("d/two", "b", 40, 0.3, [9, 9]),
             point("e/one", "b", 40, 0.3, [9, 9])]  # fmt: skip
    datasets = {"d/one": "d", "d/two": "d", "e/one": "e"}
    rows = {(b.task, b.limit): b.rows for b in boards.boards(found, datasets)}
    assert {task for task, _ in rows} == {"d", "d/one", "d/two", "e/one"}
    assert {row for row, _ in rows["d", 100]} == {1, 2}  # by validation error, not by test error
    assert rows["d", 50] == [(2, 1)] and rows["d/one", 100] == [(0, 1)]


def test_a_single_seed_has_no_rank_and_takes_none_from_others():
    found = [point("d/one", "a", 90, 0.2, [2, 3]), point("d/one", "lucky", 90, 0.2, [0]),
             point("d/one", "b", 90, 0.2, [30, 31])]  # fmt: skip
    (board,) = [b for b in boards.boards(found, {"d/one": "d"}) if b.axis == "bytes"]
    assert board.rows == [(0, 1), (2, 2), (1, None)]


def test_claims_are_there_without_scripts(whole):
    shown = Elements(made(whole))
    for claim in table(whole, "claims").to_dict("records"):
        for column in ("statement", "paper", "verdict", "id"):
            assert claim[column] in shown.text
    assert "noscript" in {name for name, _ in shown.elements}


def test_claims_call_methods_by_their_titles(whole):
    """As the leaderboard and the curves do."""
    (claim,) = table(whole, "claims").to_dict("records")
    assert claim["ours"].startswith("magnitude minus reference: ")
    differences = claim["ours"].removeprefix("magnitude minus reference: ")
    assert (
        f"magnitude, L2 minus reference: {signs.with_minus(differences)}"
        in Elements(made(whole)).text
    )


def test_the_sentence_of_a_board_says_who_errs_least():
    titles = {"d/one": {name: name.upper() for name in "abcdefgh"}}
    found = [point("d/one", name, 90, 0.2, [2, 3]) for name in "abcdefgh"]

    def said(task: str, axis: str, label: str, ranks: list[int | None]) -> str:
        board = boards.Board(task, axis, 100, label, list(enumerate(ranks)))
        return "".join(boards.leaders(board, found, titles))

    assert said("d/one", "bytes", "20 KB", [1, 2]) == (
        "On d/one, one method errs least in files of at most 20 KB: A (6.25 %)."
    )
    assert said("d", "bytes", "20 KB", [1, 1, 3, None]) == (
        "On d, with any network, two methods err least in files of at most 20 KB; the records do"
        " not tell them apart: A (6.25 % on d/one), B (6.25 % on d/one)."
    )
    assert said("d/one", "weights", "1/8 of the reference's", [1]).startswith(
        "On d/one, one method errs least with at most 1/8 of the reference's stored weights: "
    )
    assert said("d/one", "multiply_adds", "1 of the reference's", [1]).startswith(
        "On d/one, one method errs least with at most the reference's multiply-adds: "
    )
    assert said("d/one", "bytes", "1 MB", [1] * 8).endswith("E (6.25 %) and three more.")
    assert said("d/one", "bytes", "1 MB", [None]) == ""


def test_the_page_opens_with_the_sentence_of_its_first_board(whole):
    text = made(whole)
    shown = data(text)
    sentence = "".join(shown["boards"][shown["first"]]["leaders"])
    assert sentence.startswith("On digits/mlp100, ") and sentence in Elements(text).text


def test_curves_begin_with_the_methods_of_the_picture_in_the_readme(whole):
    drawn = whole.config["figures"]["error_by_budget"]["methods"]
    assert data(made(whole))["main"] == ["reference", *drawn]


def test_of_distance_labels_their_sizes_are_kept():
    labels = {"task": "a", "method": "m", "seed": 0, "kind": "labels", "budget": 0.1,
              "order": "degree", "edges": 79400.0, "entries": 99623.0,
              "bits": 708747.67}  # fmt: skip
    frames = {"plotdata": pd.DataFrame([labels])}
    (entry,) = pictures.pictures(Tables("s", {}, [], [], frames))
    assert entry["rows"] == [{"budget": "1/10", "order": "degree", "edges": 79400,
                              "entries": 99623, "bits": 708748}]  # fmt: skip


def test_a_claim_without_records_is_pending(whole):
    of(whole, "magnitude", 1).path.unlink()
    regenerate(whole)
    text = made(study.load(whole.path))
    assert ("tr", {"id": "claim-pruning-costs-little", "data-paper": "Nobody 2000",
                   "data-verdict": "pending"}) in Elements(text).elements  # fmt: skip
    assert "1 are pending" in text
    assert all(point["n"] <= point["expected"] for point in data(text)["points"])
    assert any(point["n"] < point["expected"] for point in data(text)["points"])


def test_a_study_without_records_has_a_page(whole):
    for sweep in whole.recorded():
        sweep.path.unlink()
    regenerate(whole)
    shown = data(made(study.load(whole.path)))
    assert shown["points"] == shown["boards"] == [] and shown["first"] is None
    assert "magnitude" in shown["missing"]["digits/mlp100"]


def test_nothing_is_fetched_and_it_is_small(whole):
    text = made(whole)
    for name, attributes in Elements(text).elements:
        assert name not in ("link", "img", "iframe", "object", "base")
        assert not {"src", "action", "ping"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "default-src 'none'" in text and "url(" not in page._style()
    assert "http" not in page._style() + page._script()
    assert len(text.encode()) < page.LARGEST


def test_the_page_can_draw_every_look_that_a_method_may_have(whole):
    """One that it does not know would leave the view empty."""
    script = (ROOT / "src/brainside/report/site/assets/plot.js").read_text(encoding="utf-8")
    marks, dashes = (re.search(rf"const {name} = {{(.*?)}};", script, re.S)[1]
                     for name in ("MARKS", "DASHES"))  # fmt: skip
    given = (*appearance.MARKS, *appearance.SPARE_MARKS, appearance.REFERENCE["marker"])
    assert sorted(re.findall(r'"?(.)"?: \[', marks)) == sorted(given)
    assert {*re.findall(r'"([-.:]+)":', dashes)} >= {*appearance.DASHES}


def test_hostile_titles_stay_text(whole):
    file = paths.CLAIMS / "nobody2000.yaml"
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    written["claims"][0] |= {"statement": HOSTILE, "explanation": HOSTILE}
    file.write_text(yaml.safe_dump(written), encoding="utf-8")
    config = {**whole.config}
    config["methods"] = {
        name: {**method, "title": f"{name} {HOSTILE}"} for name, method in config["methods"].items()
    }
    calm = Elements(made(whole)).elements
    path = paths.filled(paths.TABLE, study="quick", table="claims")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.assign(statement=HOSTILE, explanation=HOSTILE).to_csv(path, index=False)
    hostile = study.Study(whole.name, whole.path, config, whole.sweeps)
    text = made(hostile)
    tags = [name for name, _ in Elements(text).elements]
    assert tags.count("script") == [name for name, _ in calm].count("script")
    assert HOSTILE not in text and HOSTILE in Elements(text).text
    assert data(text)["titles"]["digits/mlp100"]["magnitude"] == f"magnitude {HOSTILE}"


def test_the_same_bytes_come_back_and_the_command_writes_them(whole):
    main(["site", str(whole.path)])
    first = paths.SITE.read_text(encoding="utf-8")
    of(whole, "magnitude", 0).checkpoint(0.25).unlink()  # what is at hand does not matter
    main(["site", str(whole.path)])
    assert paths.SITE.read_text(encoding="utf-8") == first == made(whole)


def test_the_command_reads_no_checkpoint(whole, monkeypatch):
    """The page says nothing of what is at hand, and a gallery takes long to unpack."""
    read = []
    monkeypatch.setattr(provenance, "state_of", lambda *file: read.append(file) or "intact")
    main(["site", str(whole.path)])
    assert read == []
    assert (
        made(whole) == paths.SITE.read_text(encoding="utf-8") and read
    )  # what the traces say by themselves


def test_a_page_that_would_be_too_large_is_refused(whole, monkeypatch):
    monkeypatch.setattr(page, "LARGEST", 1000)
    with pytest.raises(Refused, match="site/index.html: .* bytes, at most 1,000"):
        made(whole)


def test_methods_of_a_task_look_different_and_as_in_the_figures():
    titles = {"one": dict.fromkeys("abcd", ""), "two": dict.fromkeys("aef", "")}
    whole = ["reference", *"abcdef"]
    found = looks.looks(Tables("s", titles, whole, whole, {}))
    some = looks.looks(Tables("s", titles, ["f", "a"], whole, {}))
    assert some == {name: found[name] for name in ("f", "a", "reference")}
    for methods in titles.values():
        seen = {(found[method]["colour"], found[method]["mark"]) for method in methods}
        assert len(seen) == len(methods)
    assert set(found) == {*"abcdef", "reference"}


@pytest.mark.parametrize(
    ("part", "says", "text"),
    [
        (below(0, Interval(-0.02, -0.03, -0.01, 0, 3), parts.POINTS, parts.points_above(),
               fails=-0.002, name="a"),
         parts.YES, "a: −2.00 [−3.00, −1.00]; bound 0, margin 0.2"),
        (below(0, Interval(0.0, -0.001, 0.001, 0, 3), parts.POINTS, parts.points_above(),
               fails=-0.002), parts.NO, "+0.00 [−0.10, +0.10]; bound 0, margin 0.2"),
        (below(0.002, Interval(0.001, -0.001, 0.003, 0, 3), parts.POINTS, parts.points_above()),
         parts.OPEN, "+0.10 [−0.10, +0.30]; bound 0.2"),
        (below(0.02, Interval(0.03, np.nan, np.nan, 0, 1), parts.ABOVE_LIMIT,
               parts.points_above(0.02)), parts.OPEN, "+1.00; bound 0"),
        (below(np.log(0.9), Interval(-1, -1.1, -0.9, 0, 3), parts.TIMES, np.exp), parts.YES,
         "0.368 [0.333, 0.407]; bound 0.9"),
        (parts.part(Interval(0, 0, 0, 0, 3), ((-1, 1),), ((-np.inf, -1), (1, np.inf)), parts.TIMES,
                    np.exp), parts.YES, "1.00 [1.00, 1.00]; bounds 0.368 and 2.72"),
        (parts.part(Interval(2.3, 2.2, 2.4, 0, 3), ((1, 2),), ((-np.inf, 1), (2, np.inf)),
                    parts.PER_EDGE), parts.NO, "2.30 [2.20, 2.40]; bounds 1 and 2"),
        (parts.part(Interval(0.1, -0.2, 0.4, 0, 3), ((0.5, np.inf),), ((-np.inf, 0.5),),
                    parts.CORRELATION), parts.NO, "0.10 [−0.20, 0.40]; bound 0.5"),
    ],
)  # fmt: skip
def test_an_estimate_is_drawn_with_its_bounds_and_what_it_says(part, says, text):
    found = forest.picture([(part.name, part)])
    mark = {parts.YES: "✓", parts.NO: "✗", parts.OPEN: "?"}[says]
    assert part.says == says and f"{mark} {text}" in Elements(found).text
    assert found.count('class="decisive"') == (2 if "bounds" in text else 1)
    assert "nan" not in found and "inf" not in found


@pytest.mark.parametrize(
    ("unit", "ticks"),
    [(parts.POINTS, ["−10", "−1", "0", "1", "10"]), (parts.TIMES, ["0.1", "0.3", "1", "3", "10"]),
     (parts.CORRELATION, ["−1", "−0.5", "0", "0.5", "1"])],
)  # fmt: skip
def test_a_forest_has_a_scale_and_its_numbers(unit, ticks):
    lines = [(name, below(0.1, Interval(0.5, 0.25, 0.75, 0, 3), unit)) for name in "ab"]
    picture = forest.picture(lines)
    found = re.findall(r'<text x="([\d.]+)" y="\d+">(.*?)</text>', picture)
    assert [text for _, text in found] == ticks  # once, below both
    places = [float(place) for place, _ in found]
    assert places == sorted(places) and 0 < places[0] < places[-1] < forest.WIDTH


def test_an_interval_that_is_narrower_than_its_dot_is_seen_beside_it():
    picture = forest.picture([("", below(0, Interval(0.2, 0.199, 0.201, 0, 3), parts.POINTS))])
    radius = float(re.search(r'<circle .*? r="(\d+)"', picture)[1])
    uprights = re.findall(r'class="interval" x1="(.*?)" x2="\1" y1="(\d+)" y2="(\d+)"', picture)
    assert [int(bottom) - int(top) > 2 * radius + 4 for _, top, bottom in uprights] == [True, True]


def test_every_check_has_a_unit_of_what_it_could_find():
    known = {*answers.POINTS, *answers.FACTORS, *answers.NETWORKS}
    assert {*CHECKS} - known == {"bytes_at_most", "labels_per_edge"}


def test_checks_are_told_apart_by_what_differs():
    less = {"check": "less_error", "tasks": ["d/a"], "method": "m", "against": "o"}
    checks = [
        {**less, "budgets": ["1/8"]},
        {**less, "budgets": ["1/8"], "against": "p"},
        {**less, "budgets": ["1/64"]},
        {**less, "check": "less", "budgets": [0.3]},
    ]
    assert reasons.names(checks, {"o": "other"}) == [
        "against other, at 1/8", "against p", "against other, at 1/64", "",
    ]  # fmt: skip


def test_the_drawn_intervals_of_every_judged_claim_lead_to_its_verdict(monkeypatch):
    """By themselves, or with the sentences that say what a correction changes."""
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper")
    evidence, judged = Evidence(paper), rows_of(paper)
    drawn = {claim["id"]: claims.found(claim, evidence) for claim in judged}
    assert sum(len(findings) > 1 for findings in drawn.values()) > 15
    for claim in judged:
        findings = drawn[claim["id"]]
        if not findings:
            continue
        named = reasons.names(claim["checks"], paper.titles)
        said = list(reasons.notes(claim, findings, named))
        lines = {part.says for finding in findings for part in finding.parts}
        assert len(set(named)) == len(named) or len({c["check"] for c in claim["checks"]}) > 1
        alone = {"reproduced": {parts.YES}, "not reproduced": {parts.NO}}.get(
            ELSEWHERE.get(claim["verdict"], claim["verdict"])
        )
        if alone and not said:  # one that fails refutes a claim, and all must hold
            assert lines == alone or (alone == {parts.NO} and parts.NO in lines), claim["id"]
        if claim["verdict"] == "undecided" and not said:
            assert parts.OPEN in lines and parts.NO not in lines, claim["id"]
        if claim["verdict"] == "mixed":
            assert any(sentence.endswith("± mixed.") for sentence in said)


def test_every_minus_of_the_claims_is_one(monkeypatch):
    monkeypatch.chdir(ROOT)
    paper = study.load("config/paper")
    rows = Elements(claims.table_rows(rows_of(paper), Evidence(paper), paper.titles)).text
    assert not re.search(r"(?:^|[\s\[(+])-\d", rows) and "−" in rows
    assert signs.with_minus("-0.8 [-1, 2], e-5, a-2, 1-2") == "−0.8 [−1, 2], e-5, a-2, 1-2"
