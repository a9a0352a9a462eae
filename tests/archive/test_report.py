"""The report of the paper study as it is committed: its numbers, tables and figures."""

import csv
import importlib
import json
import re
from pathlib import Path

import pytest
from helpers.project import ROOT
from matplotlib.text import Text

from brainside.analysis.evidence import Evidence
from brainside.analysis.published import orders, read_published
from brainside.audit.trace import trace
from brainside.report import number
from brainside.report.figures import published_errors, published_layers, selection
from brainside.report.figures.shared import style
from brainside.report.tex import latex, numbers, protocol, published, searches
from brainside.study import costs, study

GENERATED = ROOT / "paper/generated/paper"


@pytest.fixture(scope="module")
def paper() -> study.Study:
    """The paper study; records may be absent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return study.load("config/paper")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def cells(text: str) -> list[list[str]]:
    """The rows of a LaTeX table, without rules."""
    lines = [line for line in text.splitlines() if line.endswith(r"\\") and " & " in line]
    return [[cell.strip() for cell in line.removesuffix(r"\\").split(" & ")] for line in lines]


# Numbers.


def test_numbers_as_a_table_and_as_tex_are_one_list():
    made = number.read(number.file("paper"))
    assert [line for line, _ in made.values()] == list(range(2, len(made) + 2))
    in_order = [one for _, one in made.values()]
    assert (GENERATED / "numbers.tex").read_text(encoding="utf-8") == numbers.tex(in_order)
    assert number.file("paper").read_text(encoding="utf-8") == number.table(in_order)
    assert in_order == numbers.ordered(in_order)


def test_every_origin_names_what_the_study_has(paper):
    tasks, methods = paper.config["tasks"], paper.config["methods"]
    jobs = {(job.task, job.method) for job in [*paper.sweeps, *paper.searches]}
    for _, one in number.read(number.file("paper")).values():
        origin = one.origin
        assert origin.task in ("", *tasks) and origin.method in ("", *methods), one
        if origin.task and origin.method:
            assert (origin.task, origin.method) in jobs, one
        if origin.table:
            assert Path(f"results/tables/paper/{origin.table}.csv").exists(), one


def test_a_measure_of_a_cell_names_its_column_of_the_summary():
    with Path("results/tables/paper/summary.csv").open(newline="", encoding="utf-8") as file:
        columns = set(csv.DictReader(file).fieldnames or [])
    measures = [one.origin for _, one in number.read(number.file("paper")).values()
                if one.origin.kind == "measure"]  # fmt: skip
    assert measures and {origin.column for origin in measures} <= columns


def test_the_report_names_only_numbers_and_tables_that_are_generated():
    sources = [ROOT / "paper/report.tex", *(ROOT / "paper/sections").glob("report_*.tex")]
    text = "\n".join(Path(source).read_text(encoding="utf-8") for source in sources)
    optional = set(re.findall(r"\\whentable\{(.*?)\}", text))
    tables = set(re.findall(r"generated/paper/([\w-]+)", text)) - optional
    assert set(re.findall(r"\\result\{([^#}]*)\}", text)) <= set(number.read(number.file("paper")))
    assert tables <= {path.stem for path in GENERATED.glob("*.tex")}


# Addresses.


def test_every_address_leads_somewhere(paper):
    made = number.read(number.file("paper"))
    one_per_kind = {one.origin.kind: address for address, (_, one) in made.items()}
    some = [*list(made)[::397], *one_per_kind.values(), *paper.config["figures"]]
    for address in some:
        assert len(trace(paper, address) or []) > 3, address
    assert trace(paper, "no/such/thing") is None


def test_an_order_is_traced_to_the_records_of_all_its_methods(paper):
    text = "\n".join(trace(paper, "hashednets_table_2/orders/same") or [])
    assert "records of low-rank on rot/mlp1000: " in text


def test_weights_of_others_are_traced_to_the_record_that_has_them(paper):
    text = "\n".join(trace(paper, "cifar10/slim/uniform-weights/0.5/test-error") or [])
    assert re.search(r"weights of  results/\S+/autoslim/seed=0\.\S+ \(as in \S+, weights 8", text)
    text = "\n".join(trace(paper, "mnist/lenet300/lottery-shuffled/0.21/n") or [])
    assert "budget=0.21.brain" in text and "starts from results" in text


def test_a_layer_is_traced_to_its_plot_data_and_to_the_papers_table(paper):
    text = "\n".join(trace(paper, "mnist/lenet300/han/0.0833333/layer/1.weight/weights-kept") or [])
    assert "results/plotdata/paper/mnist/lenet300/han/seed=0.layers." in text
    assert "config/published" in text and "codings" not in text


# Papers' tables.


def test_every_number_that_a_table_names_is_defined(paper):
    defined = set(number.read(number.file("paper")))
    for name in (*read_published("paper")["layers"], *read_published("paper")["errors"]):
        named = re.findall(r"\\result\{(.*?)\}", published.files(paper)[name])
        assert named and set(named) <= defined


def test_values_from_memory_all_look_so_and_confirmed_ones_do_not(paper):
    known, made = read_published("paper"), published.files(paper)
    for name, entry in known["errors"].items():
        assert entry["confidence"] == "unconfirmed" and "from memory" in made[name]
        rows = [row for task, row in entry["rows"].items() if task in paper.config["tasks"]]
        values = [f"{value:.2f}" for row in rows for value in row]
        assert re.findall(r"\\unconfirmed\{([\d.]+)\}", made[name]) == values
        bare = re.sub(r"\\unconfirmed\{.*?\}|\\result\{.*?\}|records [0-9a-f]{12}", "", made[name])
        assert not any(value in bare for value in values)
    for name, entry in known["layers"].items():
        assert entry["confidence"] == "confirmed" and "unconfirmed" not in made[name]


def test_a_cell_stands_below_its_method_and_its_papers_value_and_order_below_it(paper):
    entry = read_published("paper")["errors"]["hashednets_table_2"]
    head, *body = cells(published.files(paper)["hashednets_table_2"])
    titles = [paper.config["methods"][method]["title"] for method in entry["methods"]]
    assert head[2:] == titles
    line = next(n for n, row in enumerate(body) if row[0] == r"\texttt{rot/mlp1000}")
    signs = orders(entry, Evidence(paper))
    for column, method in enumerate(entry["methods"]):
        ours, _, theirs, order = (row[column + 2] for row in body[line : line + 4])
        assert ours == rf"\result{{rot/mlp1000/{method}/0.015625/test-error}}"
        assert theirs == rf"\unconfirmed{{{entry['rows']['rot/mlp1000'][column]:.2f}}}"
        if method == entry["against"]:
            assert order == ""
        else:
            here, there = signs["rot/mlp1000", method]
            assert (here, there) == ("+" if method != "hashednet-dk" else "-",) * 2
            assert order == rf"${here}$ \unconfirmed{{${there}$}}"


def test_figures_mark_the_papers_values_as_what_they_are(paper):
    given = selection.of_figure(paper, "hashednets_tables")
    drawn = published_errors.draw(given, ["hashednets_table_1", "hashednets_table_2"])
    legend = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert sum("values (unconfirmed)" in text for text in legend) == 1
    entry = read_published("paper")["errors"]["hashednets_table_1"]
    grey = [line for line in drawn.axes[0].lines if line.get_markeredgecolor() == "#808080"]
    points = sorted(y for line in grey for y in line.get_ydata())
    values = [v for task, row in entry["rows"].items() if task in given.titles for v in row]
    assert points == pytest.approx(sorted(values))
    given = selection.of_figure(paper, "han_layers")
    texts = published_layers.draw(given, ["han_table_2"]).legends[0].get_texts()
    assert sum("paper (confirmed)" in text.get_text() for text in texts) == 2


def test_no_text_of_a_figure_is_smaller_than_the_report_allows_where_quick_has_none_of_its_kind(
    paper,
):
    kinds = {entry["draw"]: name for name, entry in paper.config["figures"].items()}
    quick = {entry["draw"] for entry in study.load("config/quick").config["figures"].values()}
    assert kinds.keys() - quick > {"differences", "conditions", "predicted_increase"}
    for kind in kinds.keys() - quick:
        entry = paper.config["figures"][kinds[kind]]
        module = importlib.import_module(f"brainside.report.figures.{kind}")
        given = selection.of_figure(paper, kinds[kind])
        drawn = module.draw(given, **entry.get("options", {}))
        drawn.draw_without_rendering()
        sizes = [text.get_fontsize() for text in drawn.findobj(Text) if text.get_text()]
        assert min(sizes) >= style.SMALL, kinds[kind]


# Searches and costs.


def test_every_job_is_counted_once_in_an_experiment(paper):
    experiments = costs.by_experiment(paper)
    assert "all" not in experiments  # what no experiment names counts for the one that needs it
    jobs = [job for groups in experiments.values() for group in groups.values() for job in group]
    assert len({job.cost for job in jobs}) == len(jobs)
    assert {job.cost for job in jobs} >= {sweep.cost for sweep in paper.sweeps}


def test_every_search_is_in_the_table_of_spaces(paper):
    text = protocol.files(paper)["searches"]
    titles = {paper.config["methods"][search.method]["title"] for search in paper.searches}
    assert all(latex.escaped(title) in text for title in titles)


def errors_of_trials(task: str, method: str) -> dict[tuple, float]:
    (path,) = Path("results/tuned/paper", task).glob(f"{method}.*.json")
    trials = [
        t for t in json.loads(path.read_text(encoding="utf-8"))["trials"] if t["budget"] == 0.125
    ]
    return {tuple(trial["settings"].items()): trial["valid_error"] for trial in trials}


def test_trials_with_the_same_settings_are_compared_in_pairs(paper):
    texts = {one.address: one.text for one in searches.trials(paper)}
    errors = {m: errors_of_trials("rot/mlp1000", m) for m in ("obd", "magnitude-l2")}
    for one, other in [("obd", "magnitude-l2"), ("magnitude-l2", "obd")]:
        assert errors[one].keys() == errors[other].keys()
        above = sum(errors[one][settings] > errors[other][settings] for settings in errors[one])
        text = texts[f"rot/mlp1000/{one}/tuned/0.125/above/{other}"]
        assert text == f"{above} of {len(errors[one])}"
    # other ranges, or other lengths, draw other settings
    assert not any(name.startswith("rot/mlp1000/obd/tuned/0.125/above/hashed") for name in texts)
