"""Figures: every one that the quick study lists, from records and from none, the same bytes."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from helpers.project import QUICK, ROOT, Project, made
from matplotlib.text import Text

from brainside.analysis import proportions, readings
from brainside.analysis.statistics import interval
from brainside.archive.frames import read_all
from brainside.base.errors import Refused
from brainside.cli.main import main
from brainside.report.figures import (
    conditions,
    curves,
    differences_by_budget,
    error_by_budget,
    predicted_increase,
    selection,
)
from brainside.report.figures.shared import appearance, errorbars, paired, scales, style
from brainside.report.reads import reads
from brainside.study import study
from brainside.study.configs import read_study

FIGURES = list(QUICK["figures"])
# Of the others tests/test_plotdata.py has tests: they have no method in a legend, or no errors.
OF_RECORDS = [name for name, entry in QUICK["figures"].items() if "plotdata" not in entry]
RUN = [("small-dense", 0), ("small-dense", 1), ("magnitude-one-shot", 0)]
TITLES = {name: method["title"] for name, method in QUICK["methods"].items()}


@pytest.fixture(scope="module")
def folders(tmp_path_factory, digits_file):
    """Two projects with tables: of two methods at two seeds and one at one, and of no record."""
    found = {}
    for name, sweeps in {"records": RUN, "no records": []}.items():
        folder = found[name] = tmp_path_factory.mktemp("figures")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            tabulate(made(folder, digits_file), sweeps)
    return found


def tabulate(project: Project, sweeps: list[tuple[str, int]]) -> None:
    """Run some sweeps and make the tables of the study of all methods at two seeds."""
    project.config["experiments"][0]["seeds"] = [0, 1]
    methods = project.config["experiments"][0]["methods"]
    for method, seed in sweeps:
        project.run(method, seed)
    project.config["experiments"][0]["methods"] = methods
    project.write()
    main(["tabulate", "config/quick"])


@pytest.fixture
def tabulated(folders, monkeypatch, request):
    monkeypatch.chdir(folders[getattr(request, "param", "records")])
    return study.load("config/quick")


def draw(whole, figure):
    entry = whole.config["figures"][figure]
    module = importlib.import_module(f"brainside.report.figures.{entry['draw']}")
    return module.draw(selection.of_figure(whole, figure), **entry.get("options", {}))


class Frames(Mapping):
    """Frames that remember which of them were read."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]):
        self.frames, self.seen = frames, set()

    def __getitem__(self, name: str) -> pd.DataFrame:
        self.seen.add(name)
        return self.frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)


def legend_of(figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


both = pytest.mark.parametrize("tabulated", ["records", "no records"], indirect=True)


@both
@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_has_the_same_bytes_again_labelled_axes_and_the_name_of_every_method(
    tabulated, figure, tmp_path
):
    main(["figure", "config/quick", figure])
    drawn = draw(tabulated, figure)
    style.stamp(drawn, selection.made_of(tabulated, figure))
    for ending, magic in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        first, again = Path(f"results/figures/quick/{figure}.{ending}"), tmp_path / f"x.{ending}"
        style.save(drawn, again)
        assert first.read_bytes() == again.read_bytes()
        assert again.read_bytes().startswith(magic) and b"CreationDate" not in again.read_bytes()
    texts = drawn.findobj(Text)
    assert min(text.get_fontsize() for text in texts if text.get_text()) >= style.SMALL
    if figure not in OF_RECORDS:
        return
    assert all(axes.get_xlabel() for axes in drawn.axes)
    assert any("%" in axes.get_xlabel() + axes.get_ylabel() for axes in drawn.axes)
    legend = legend_of(drawn)
    # The reference may be a line with a label of its own.
    shown = tabulated.config["figures"][figure]["methods"]
    assert all(any(TITLES[n] in text for text in legend) for n in shown)


def test_several_figures_are_drawn_by_one_command_which_says_where_it_is(tabulated, capsys):
    names = FIGURES[:2]
    files = [Path(f"results/figures/quick/{name}.pdf") for name in names]
    for path in files:
        path.unlink(missing_ok=True)
    main(["figure", "config/quick", *names])
    assert capsys.readouterr().out == "".join(f"drawing {name}\n" for name in names)
    assert all(path.exists() for path in files)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_reads_all_that_it_says_and_nothing_else(tabulated, figure):
    entry = tabulated.config["figures"][figure]
    module = importlib.import_module(f"brainside.report.figures.{entry['draw']}")
    given = selection.of_figure(tabulated, figure)
    frames = Frames(given.frames)
    module.draw(replace(given, frames=frames), **entry.get("options", {}))
    assert frames.seen == set(module.READS) - {"published"} == set(given.frames)
    assert reads(entry["draw"]) == module.READS


def test_what_no_figure_can_read_is_refused_by_name(tmp_path):
    modules = Path(curves.__file__).parent.glob("*.py")
    names = {path.stem for path in modules} - {"__init__", "selection"}
    assert len(names) > 15 and all(reads(name) for name in names)
    with pytest.raises(LookupError, match="selection.py has no READS"):
        reads("selection")


def test_the_users_own_defaults_of_matplotlib_change_nothing(tabulated, tmp_path):
    written = []
    owns = [{}, {"lines.linewidth": 9.0, "axes.facecolor": "red", "font.size": 20},
            {"savefig.bbox": "tight", "savefig.facecolor": "red", "savefig.dpi": 30}]  # fmt: skip
    for own in owns:
        with matplotlib.rc_context(own):
            for ending in ("png", "pdf"):
                style.save(draw(tabulated, "error_by_budget"), tmp_path / f"x.{ending}")
        written.append([path.read_bytes() for path in sorted(tmp_path.glob("x.*"))])
    assert written[0] == written[1] == written[2]


STUDIES = {"quick": QUICK, "paper": read_study(ROOT / "config/paper")}
IN_LOOKS = [
    name for marks in appearance.LOOKS.values() for cell in marks.values() for name in cell.split()
]


def looks_of(name: str) -> dict[str, appearance.Look]:
    """The looks of the methods of a study, as its figures and its page have them."""
    return appearance.looks(readings.Tables(name, {}, [], list(STUDIES[name]["methods"]), {}))


@pytest.mark.parametrize("name", STUDIES)
def test_methods_of_a_figure_differ_in_colour_and_in_mark(name):
    looks, colours = looks_of(name), appearance.COLOURS
    for figure, entry in STUDIES[name]["figures"].items():
        shown = [looks[method] for method in entry["methods"] if method != "reference"]
        if entry["draw"] == "differences":  # its rows have names, and its colours are of tasks
            continue
        assert len({(look["color"], look["marker"]) for look in shown}) == len(shown), figure
        if set(entry["methods"]) <= {*IN_LOOKS, "reference"} and len(shown) <= len(colours):
            for trait in ("color", "marker"):
                assert len({look[trait] for look in shown}) == len(shown), (figure, trait)


@pytest.mark.parametrize("name", STUDIES)
def test_no_two_methods_of_a_task_look_alike(name):
    looks, sweeps = looks_of(name), study.load(ROOT / "config" / name).sweeps
    for task in {sweep.task for sweep in sweeps}:
        methods = {sweep.method for sweep in sweeps if sweep.task == task}
        seen = {(looks[m]["color"], looks[m]["marker"]) for m in methods}
        assert len(seen) == len(methods), task


def test_a_method_looks_the_same_in_both_studies_and_has_one_look():
    quick, paper = looks_of("quick"), looks_of("paper")
    assert quick.keys() & paper.keys() > {"reference", "obd", "hashednet"}
    assert all(quick[name] == paper[name] for name in quick.keys() & paper.keys())
    assert len(IN_LOOKS) == len(set(IN_LOOKS))
    assert set(IN_LOOKS) <= {method for each in STUDIES.values() for method in each["methods"]}


def test_methods_without_a_look_get_one_of_their_own():
    methods = ["obd", *(str(n) for n in range(24))]
    found = appearance.looks(readings.Tables("x", {}, ["7"], methods, {}))
    seen = {(look["color"], look["marker"]) for look in found.values()}
    assert len(seen) == len({(c, m) for c, marks in appearance.LOOKS.items() for m in marks}) + 25


def test_methods_without_records_are_named_as_absent(tabulated):
    legend = legend_of(draw(tabulated, "error_by_budget"))
    absent = {text.removesuffix(" (absent)") for text in legend if text.endswith("(absent)")}
    drawn = {"reference", "small-dense", "magnitude-one-shot"}
    shown = tabulated.config["figures"]["error_by_budget"]["methods"]
    assert absent == {TITLES[name] for name in shown if name not in drawn}


def test_the_summary_has_every_cell_and_its_numbers_are_those_of_the_records(tabulated):
    found = readings.read(tabulated)
    experiments = tabulated.config["experiments"]
    starts = 3  # two references and the supernet
    assert len(found.summary) == starts + sum(
        len(each["methods"]) * len(each["budgets"]) for each in experiments
    )
    rows = read_all(s.path for s in tabulated.sweeps if s.path.exists())
    assert len(found.rows) == len(rows) == 1 + 2 + 2 + 2
    for cell in found.summary.to_dict("records"):
        match = rows[(rows[["task", "method", "budget"]] == [
            cell["task"], cell["method"], cell["budget"]]).all(axis=1)]  # fmt: skip
        seeds = 2 if cell["task"] == "digits/mlp100" else 1
        assert (cell["n"], cell["seeds_expected"]) == (len(match), seeds)
        if len(match) > 1:
            expected = interval(match["test_error"].to_numpy())
            assert cell["test_error"] == pytest.approx(expected.mean)
            assert cell["test_error_low"] == pytest.approx(expected.low)
        assert np.isnan(cell["test_error"]) == (len(match) == 0)


def test_only_complete_cells_are_compared_with_the_reference(project):
    tabulate(project, RUN)
    whole = project.load()
    assert readings.read(whole).comparisons.empty  # the reference has one seed of two
    tabulate(project, [("reference", 1)])
    compared = readings.read(whole).comparisons
    assert compared["method"].tolist() == ["small-dense"] * 2
    means = readings.read(whole).rows.groupby(["method", "budget"])["test_error"].mean()
    for cell in compared.to_dict("records"):
        difference = means["small-dense", cell["budget"]] - means["reference", 1.0]
        assert cell["difference"] == pytest.approx(difference)
        assert cell["low"] <= cell["difference"] <= cell["high"]


def test_the_small_print_is_what_sha256sum_says_of_the_records_that_are_drawn(tabulated):
    drawn = draw(tabulated, "error_by_budget")
    made_of = selection.made_of(tabulated, "error_by_budget")
    files = sorted(map(str, Path("results/runs").rglob("seed=*.csv")))
    each = subprocess.run(["sha256sum", *files], capture_output=True, check=True).stdout
    whole = subprocess.run(["sha256sum"], input=each, capture_output=True, check=True).stdout
    assert made_of == f"records {whole.decode()[:12]}"
    style.stamp(drawn, made_of)
    assert made_of in [text.get_text() for text in drawn.texts]
    # `sharing` has small-dense alone of these, beside the reference.
    assert selection.made_of(tabulated, "sharing") != made_of


def test_differences_are_those_of_the_comparisons_and_what_has_no_records_is_absent(project):
    project.config["figures"]["ingredients"] = {
        "draw": "differences", "caption": "Differences.", "tasks": ["digits/mlp100"],
        "methods": ["small-dense", "magnitude-one-shot"], "options": {"budgets": ["1/4"]},
    }  # fmt: skip
    tabulate(project, [*RUN, ("reference", 1)])
    whole = project.load()
    drawn = draw(whole, "ingredients")
    (axes,) = drawn.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        TITLES["small-dense"], TITLES["magnitude-one-shot"]]  # fmt: skip
    compared = readings.read(whole).comparisons.query("budget == 0.25")
    (bar,) = axes.containers
    (segment,) = bar[2][0].get_segments()
    margin = float(compared["margin"].iloc[0])
    assert segment[:, 0] * margin == pytest.approx(compared[["low", "high"]].to_numpy()[0])
    assert bar[0].get_xdata() * margin == pytest.approx(compared["difference"])
    absent = "digits/mlp100: absent"
    assert [text.get_position()[1] for text in axes.texts if text.get_text() == absent] == [1]


@pytest.mark.parametrize("tabulated", ["no records"], indirect=True)
def test_the_small_print_says_that_there_are_no_records(tabulated):
    assert selection.made_of(tabulated, "error_by_budget") == "no records"


def test_the_small_print_lies_above_the_panels_and_the_legend_below_them(tabulated):
    drawn = draw(tabulated, "error_by_budget")
    style.stamp(drawn, "records 0123456789ab")
    drawn.draw_without_rendering()
    (small,) = [text for text in drawn.texts if "0123456789ab" in text.get_text()]
    panels = [axes.get_tightbbox() for axes in drawn.axes if axes.axison]
    assert all(small.get_window_extent().y0 >= box.y1 for box in panels)
    assert all(drawn.legends[0].get_window_extent().y1 <= box.y0 for box in panels)


def test_decibels_are_ten_decimal_logarithms_and_errors_are_in_percent():
    rows = pd.DataFrame({"train_loss": [0.1, 0.0, np.nan, 10.0], "test_error": [0.5, 0, 1, 0.1]})
    assert curves.shown(rows, "train_loss", "decibel").tolist() == pytest.approx([-10, 10])
    assert curves.shown(rows, "test_error", "log").tolist() == pytest.approx([50, 0, 100, 10])
    assert curves.shown(rows, "dead_units", "linear").empty


def test_the_predicted_loss_is_that_of_the_start_and_the_saliencies():
    rows = pd.DataFrame({"budget": [0.9], "weights": [90], "biases": [4], "train_loss": [0.3],
                         "actual_increase": [0.2], "predicted_increase": [0.9]})  # fmt: skip
    found = predicted_increase.losses_of(rows).iloc[0]
    assert found["parameters"] == 94
    assert found["predicted"] == pytest.approx(10 * np.log10(0.1 + 0.9))
    assert found["actual"] == pytest.approx(10 * np.log10(0.3))
    assert predicted_increase.losses_of(rows.drop(columns="actual_increase")).empty


def test_the_proportion_of_a_method_that_does_not_say_it_follows_from_its_weights():
    # 1,000 weights, 100 of them in the layer that is not predicted.
    rows = pd.DataFrame({
        "method": ["reference", "denil", "denil", "low-rank"],
        "weights": [1000, 100 + 450, 100 + 90, 100 + 225],
        "proportion": [np.nan, 0.5, 0.1, np.nan],
    })  # fmt: skip
    assert proportions.proportions(rows).tolist() == pytest.approx([1, 0.5, 0.1, 0.25])
    assert proportions.proportions(rows.drop(columns="proportion")).isna().all()


def table_of(rows):
    """Tables of one task from its rows (method, budget, seed, weights, proportion, error)."""
    names = ["method", "budget", "seed", "weights", "proportion", "test_error"]
    frame = pd.DataFrame(rows, columns=names).assign(task="t")
    methods = ["a", "b", "long", "reference"]
    return readings.Tables(
        "x", {"t": {m: m for m in methods}}, [m for m in methods if m != "reference"], methods,
        {"rows": frame})  # fmt: skip


def test_each_arm_ends_at_its_own_whole_network():
    tables = table_of([
        ("reference", 1, 0, 1000, np.nan, 0.1), ("long", 1, 0, 1000, np.nan, 0.05),
        ("a", 0.5, 0, 550, 0.5, 0.2), ("b", 0.5, 0, 550, 0.5, 0.3)])  # fmt: skip
    drawn = conditions.curves(tables.rows, {"a": "reference", "b": "long"})
    found = {arm: list(zip(rows["proportion"], rows["test_error"], strict=True))
             for arm, rows in drawn.items()}  # fmt: skip
    assert found == {"a": [(50, 0.2), (100, 0.1)], "b": [(50, 0.3), (100, 0.05)]}
    (axes,) = conditions.draw(tables, baselines=["reference", "long"]).axes
    assert [text.get_text() for text in axes.figure.legends[0].get_texts()] == ["a", "b"]


def test_arms_without_records_are_named_and_without_baseline_refused():
    tables = table_of([("reference", 1, 0, 1000, np.nan, 0.1)])
    figure = conditions.draw(tables, baselines=["reference", "long"])
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["a", "b (absent)"]  # the whole network of a is there
    with pytest.raises(Refused, match="1 baselines for 3 methods"):
        conditions.draw(tables, baselines=["reference"])


def test_differences_are_paired_by_seed_and_left_out_where_one_of_the_two_is_missing():
    rows = [("a", 0.5, 0, 1, 1, 0.3), ("a", 0.5, 1, 1, 1, 0.4), ("a", 0.1, 0, 1, 1, 0.6),
            ("b", 0.5, 0, 1, 1, 0.1), ("b", 0.5, 1, 1, 1, 0.3),
            ("b", 0.5, 2, 1, 1, 0.9)]  # fmt: skip
    tables = table_of(rows)
    found = paired.differences(tables.rows, "a", "b")
    assert found.columns.tolist() == [0.5] and found.index.tolist() == [0, 1]
    assert found[0.5].tolist() == pytest.approx([20, 10])
    (axes,) = differences_by_budget.draw(tables, against="b").axes
    assert axes.get_ylabel() == "test error minus\nb (points)"
    labels = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert labels == ["a", "long (absent)"]


def test_an_axis_shows_single_networks_however_wide_their_interval():
    figure = style.Figure()
    axes = figure.subplots()
    axes.set_yscale("log")
    axes.errorbar([1, 2], [10, 20], yerr=[[9.99, 19], [1e6, 1e7]])
    scales.limit(axes, pd.Series([8.0, 0.0, 25.0]))
    low, high = axes.get_ylim()
    assert 5 < low < 8 and 25 < high < 35


def test_a_bar_of_two_seeds_ends_at_them_and_one_of_more_is_their_interval():
    one, two, three = (
        interval(np.array(errors)) for errors in ([1.0], [1.0, 4.0], [1.0, 2.0, 3.0])
    )
    below, above = errorbars.interval_lengths([one, two, three])
    assert below.tolist() == pytest.approx([0, 1.5, three.mean - three.low])
    assert above.tolist() == pytest.approx([0, 1.5, three.high - three.mean])


def test_beside_curves_that_coincide_are_their_differences():
    rows = [(m, b, s, 1, 1, e + 0.01 * s) for m, e in (("a", 0.3), ("b", 0.1), ("long", 0.2))
            for b in (0.5, 0.1) for s in (0, 1, 2)]  # fmt: skip
    tables = table_of(rows)
    summary = tables.rows.groupby(["task", "method", "budget"], as_index=False).agg(
        n=("seed", "size"), test_error=("test_error", "mean"),
        test_error_low=("test_error", "min"), test_error_high=("test_error", "max"))  # fmt: skip
    tables = replace(tables, frames={"rows": tables.rows, "summary": summary})
    left, right = error_by_budget.draw(tables, against="b").axes
    assert right.get_ylabel() == "minus b\n(points)" and "%" in left.get_ylabel()
    means = {c.get_label(): c.lines[0].get_ydata() for c in right.containers}
    assert means["a (n = 3)"] == pytest.approx([20, 20])
    assert len(left.containers) == 3 and len(right.containers) == 2


def test_a_panel_of_differences_without_pairs_says_so():
    tables = table_of([("a", 0.5, 0, 1, 1, 0.3)])
    (axes,) = differences_by_budget.draw(tables, against="b").axes
    assert [text.get_text() for text in axes.texts] == ["no pairs yet"]


def test_a_method_that_has_other_columns_is_not_called_absent():
    rows = pd.DataFrame({
        "task": "t", "method": ["a", "b"], "budget": 0.5, "seed": 0, "weights": 1, "biases": 1,
        "train_loss": [1.0, 2.0], "predicted_increase": [0.5, np.nan]})  # fmt: skip
    titles = {"t": {"a": "A", "b": "B", "c": "C"}}
    tables = readings.Tables("s", titles, ["a", "b", "c"], ["a", "b", "c"], {"rows": rows})
    figure = curves.draw(tables, columns=["train_loss", ["predicted_increase"]])
    assert {text for text in legend_of(figure) if "absent" in text} == {"C (absent)"}


def test_losses_are_drawn_minus_those_of_a_method_of_the_figure():
    rows = pd.DataFrame([
        {"task": "t", "method": m, "budget": b, "seed": s, "weights": 100 * b, "biases": 1,
         "train_loss": loss * (1 + s)}
        for m, loss in (("a", 0.2), ("b", 0.1), ("far", 9.0)) for b in (0.5, 0.25) for s in (0, 1)
    ])  # fmt: skip
    titles = {"t": {m: m for m in ("a", "b", "far")}}
    tables = readings.Tables("s", titles, ["a", "b", "far"], ["a", "b", "far"], {"rows": rows})
    _, right = curves.draw(tables, ["train_loss"], minus="b").axes
    drawn = {each.get_label(): each.lines[0].get_ydata() for each in right.containers}
    assert drawn["a"] == pytest.approx([10 * np.log10(2)] * 2)
    assert right.get_ylabel() == "loss (dB) above\nb"
    assert right.get_ylim()[1] == pytest.approx(20 * np.log10(2))  # and not as far as the last
    with pytest.raises(Refused, match="other is none of its methods"):
        curves.draw(tables, ["train_loss"], minus="other")
    left, right = curves.draw(tables, ["train_loss"], minus="b", reference="far").axes
    assert {each.get_label() for each in right.containers} == {"a"}
    [line] = [line for line in left.lines if line.get_label() == "far"]  # a level, and no curve
    assert line.get_ydata() == pytest.approx([9.0 * 1.5] * 2)
    with pytest.raises(Refused, match="other is none of its methods"):
        curves.draw(tables, ["train_loss"], reference="other")


def test_losses_above_another_methods_are_paired_by_budget_and_seed():
    rows = pd.DataFrame({
        "method": ["a", "a", "b", "b"], "budget": [0.5, 0.1, 0.5, 0.5], "seed": [0, 0, 0, 1],
        "train_loss": [1.0, 1.0, 0.1, 0.2]})  # fmt: skip
    found = curves.above(rows, "a", "b", "train_loss")
    assert found.index.tolist() == [(0.5, 0)] and found["above"].tolist() == pytest.approx([10])


def test_what_the_environment_says_to_matplotlib_changes_nothing(tmp_path):
    draw = (
        "import sys; from pathlib import Path; from brainside.report.figures.shared import style; "
        "figure, _ = style.panels(1, 1, 1); style.save(figure, Path(sys.argv[1]))"
    )
    drawn = []
    for number, settings in enumerate([{}, {"MPLBACKEND": "none", "SOURCE_DATE_EPOCH": "abc"}]):
        path = tmp_path / f"{number}.pdf"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **settings}
        subprocess.run([sys.executable, "-c", draw, path], check=True, env=environment)
        drawn.append(path.read_bytes())
    assert drawn[0] == drawn[1]
