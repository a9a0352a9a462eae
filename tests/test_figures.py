"""Figures: every one that the quick study lists, from records and from none, the same bytes."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from conftest import QUICK, Project, made

from brainside import study
from brainside.cli.main import main
from brainside.figures import style, tables
from brainside.records import read_all
from brainside.statistics import interval

FIGURES = list(QUICK["figures"])
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
    main(["tabulate", "config/quick.yaml"])


@pytest.fixture
def tabulated(folders, monkeypatch, request):
    monkeypatch.chdir(folders[getattr(request, "param", "records")])
    return study.load("config/quick.yaml")


def draw(whole, figure):
    entry = whole.config["figures"][figure]
    module = importlib.import_module(f"brainside.figures.{entry['draw']}")
    return module.draw(tables.of_figure(whole, figure), **entry.get("options", {}))


def legend_of(figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


both = pytest.mark.parametrize("tabulated", ["records", "no records"], indirect=True)


@both
@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_has_the_same_bytes_again_labelled_axes_and_the_name_of_every_method(
    tabulated, figure, tmp_path
):
    main(["figure", "config/quick.yaml", figure])
    drawn = draw(tabulated, figure)
    for ending, magic in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        first, again = Path(f"results/figures/quick/{figure}.{ending}"), tmp_path / f"x.{ending}"
        style.save(drawn, again)
        assert first.read_bytes() == again.read_bytes()
        assert again.read_bytes().startswith(magic) and b"CreationDate" not in again.read_bytes()
    assert all(axes.get_xlabel() for axes in drawn.axes)
    assert any("%" in axes.get_xlabel() + axes.get_ylabel() for axes in drawn.axes)
    legend = legend_of(drawn)
    # The reference may be a line with a label of its own.
    shown = tabulated.config["figures"][figure]["methods"]
    assert all(any(TITLES[n] in text for text in legend) for n in shown)


def test_methods_differ_in_colour_and_in_mark():
    for entry in QUICK["figures"].values():
        looks = style.looks(entry["methods"]).values()
        assert len({look["color"] for look in looks}) == len(entry["methods"])
        assert len({look["marker"] for look in looks}) == len(entry["methods"])


def test_methods_without_records_are_named_as_absent(tabulated):
    legend = legend_of(draw(tabulated, "error_by_budget"))
    absent = {text.removesuffix(" (absent)") for text in legend if text.endswith("(absent)")}
    drawn = {"reference", "small-dense", "magnitude-one-shot"}
    shown = tabulated.config["figures"]["error_by_budget"]["methods"]
    assert absent == {TITLES[name] for name in shown if name not in drawn}


def test_the_summary_has_every_cell_and_its_numbers_are_those_of_the_records(tabulated):
    found = tables.read(tabulated)
    experiments = tabulated.config["experiments"]
    starts = 3  # two references and the supernet
    assert len(found.summary) == starts + sum(
        len(each["methods"]) * len(each["budgets"]) for each in experiments
    )
    rows = read_all(s.record for s in tabulated.sweeps if s.record.exists())
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
    assert tables.read(whole).comparisons.empty  # the reference has one seed of two
    tabulate(project, [("reference", 1)])
    compared = tables.read(whole).comparisons
    assert compared["method"].tolist() == ["small-dense"] * 2
    means = tables.read(whole).rows.groupby(["method", "budget"])["test_error"].mean()
    for cell in compared.to_dict("records"):
        difference = means["small-dense", cell["budget"]] - means["reference", 1.0]
        assert cell["difference"] == pytest.approx(difference)
        assert cell["low"] <= cell["difference"] <= cell["high"]
